"""The last steps to an exact dual optimum: the rows strictly between their bounds and kinks, all at once.

For these rows F the dual is a quadratic with gradient g and second derivative -H, H = Q_FF + diag(ridge):

1. d = (H + delta)^-1 g            delta far below H: rows that repeat each other share the step
2. beta_F <- beta_F + t d          t = 1, or less where a row meets a bound or the kink: it leaves F
3. g <- g - t H d                  until no row leaves and g is at rounding
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

MOST = 300
_STEPS = 60
_DELTA = 1e-11


def settle(output, state):
    """The dual variables with those between their bounds at their joint optimum; None where that is dear or nothing.

    Parameters
    ----------
    output : Output
    state : State

    Returns
    -------
    ndarray of shape (n_samples,) or None
    """
    form, beta = output.form, state.beta.copy()
    rows = np.flatnonzero((beta > form.lower) & (beta < form.upper) & (beta != 0))
    if not 0 < len(rows) <= MOST:
        return None
    part = output.design.rows(rows)
    if part is None:
        return None
    sign = np.sign(beta[rows])
    lower = np.where((form.epsilon > 0) & (sign > 0), 0.0, form.lower[rows])
    upper = np.where((form.epsilon > 0) & (sign < 0), 0.0, form.upper[rows])
    hessian = part.outer(output.spread) + output.level
    hessian.flat[:: len(rows) + 1] += form.ridge[rows]
    gradient = state.slope[rows] - form.epsilon * sign
    beta[rows] = _maximise(beta[rows], gradient, hessian, lower, upper)
    return beta


def _maximise(beta, gradient, hessian, lower, upper):
    """Steps 1 to 3."""
    free = np.ones(len(beta), dtype=bool)
    delta = _DELTA * max(hessian.diagonal().max(), np.finfo(np.float64).tiny)
    for _ in range(_STEPS):
        inner = hessian[np.ix_(free, free)]
        inner.flat[:: len(inner) + 1] += delta
        try:
            step = cho_solve(cho_factor(inner), gradient[free])
        except np.linalg.LinAlgError:
            break
        room = np.where(step > 0, upper[free] - beta[free], lower[free] - beta[free])
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(step != 0, room / step, np.inf)
        t = min(1.0, reach.min())
        at = np.flatnonzero(free)
        beta[at] += t * step
        gradient = gradient - t * hessian[:, at] @ step
        met = reach <= t
        beta[at[met]] = np.where(step[met] > 0, upper[at[met]], lower[at[met]])
        free[at[met]] = False
        if not free.any() or (t == 1.0 and np.abs(step).max() <= 1e-15 * np.abs(beta).max()):
            break
    return beta
