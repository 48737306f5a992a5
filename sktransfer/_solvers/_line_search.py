"""How far to go along a descent direction."""

ARMIJO = 1e-4
_HALVINGS = 30
ROUNDING = 1e-13


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
        change = trial.value - point.value
        if change <= ARMIJO * t * slope:
            return trial
        if abs(change) <= ROUNDING * abs(point.value) and trial.certificate < point.certificate:
            return trial
        t /= 2
    return None
