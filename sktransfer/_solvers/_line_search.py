"""How far to go along a descent direction."""

ARMIJO = 1e-4
_HALVINGS = 30
ROUNDING = 1e-13


def step(point, direction, expand=False):
    """The whole step, by one visit to the rows; where it does not help, a part of it by :func:`search`.

    Parameters
    ----------
    point : Point
    direction : ndarray of shape (n_free,)
    expand : bool, default=False
        Whether the second derivative will be wanted at the end of the step.

    Returns
    -------
    Point or None
        None when no step helps: the point is as good as floating point allows.
    """
    slope = float(point.gradient @ direction)
    if not slope < 0:
        return None
    trial = point.objective.at_free(point.u + direction)
    if expand:
        trial.expand()
    return trial if helps(point, trial, slope) else search(point, direction)


def search(point, direction):
    """The first of t = 1, 1/2, 1/4, ... that lowers the objective enough (Armijo).

    Close to the optimum the objective no longer changes in floating point; a step is then good when it makes
    the gradient smaller.

    Parameters
    ----------
    point : Point
    direction : ndarray of shape (n_free,)
        A direction of descent.

    Returns
    -------
    Point or None
        None when no step helps: the point is as good as floating point allows.
    """
    slope = float(point.gradient @ direction)
    if not slope < 0:
        return None
    line, t = point.along(direction), 1.0
    for _ in range(_HALVINGS):
        trial = line(t)
        if helps(point, trial, t * slope):
            return trial
        t /= 2
    return None


def helps(point, trial, slope):
    """Whether the objective falls as much as its slope lets expect; where it is level, whether the gradient does."""
    change = trial.value - point.value
    level = abs(change) <= ROUNDING * abs(point.value)
    return change <= ARMIJO * slope or (level and trial.certificate < point.certificate)
