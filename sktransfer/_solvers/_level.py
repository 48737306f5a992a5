"""One number for all rows: the intercept under slopes that are held.

    minimise over b   sum_i c_i L(y_i, o_i + b)

The derivative never falls and bends or jumps where o_i + b = target_i -+ epsilon, so bisection over these points finds
the first b where it is not negative, and the last where it is not positive; between two points it is a straight line.
Of all minimisers the one nearest to zero is taken: the source's own intercept.
"""

import numpy as np

_ROUNDING = 1e-13


def best_level(loss, y, eta, form):
    """The minimiser nearest to zero and how far its derivative is from holding zero, over the sum of weights.

    Parameters
    ----------
    loss : KinkedLoss
    y, eta : ndarray of shape (n_samples, 1)
    form : DualForm

    Returns
    -------
    (b, violation)
    """
    target = form.target - eta[:, 0]
    points = np.unique(np.concatenate([target - form.epsilon, target + form.epsilon])[np.tile(form.weight > 0, 2)])
    if len(points) == 0:
        return 0.0, 0.0

    def slope(b, side):
        """The derivative on one side of b, over the sum of weights; zero up to rounding."""
        nudged = eta + b + side * 64 * np.finfo(np.float64).eps * (1.0 + np.abs(eta + b) + np.abs(form.target[:, None]))
        value = float(form.weight @ loss.elementwise(y, nudged)[1][:, 0]) / form.weight.sum()
        return 0.0 if abs(value) < _ROUNDING * (1.0 + np.abs(points).max()) else value

    low = _crossing(points, lambda b: slope(b, 1) >= 0, slope, loss.smooth)
    high = _crossing(points, lambda b: slope(b, 1) > 0, slope, loss.smooth)
    if slope(points[0], -1) >= 0:
        low = -np.inf
    best = float(min(max(0.0, low), high))
    return best, max(0.0, slope(best, -1), -slope(best, 1)) if not loss.smooth else abs(slope(best, 0))


def _crossing(points, reached, slope, smooth):
    """The first b where ``reached``: a point, or where the straight line before it crosses zero; else infinity."""
    first, last = 0, len(points)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if reached(points[middle]) else (middle + 1, last)
    if first == len(points):
        return np.inf
    if not smooth or first == 0:
        return points[first]
    before, after = slope(points[first - 1], 0), slope(points[first], 0)
    share = before / (before - after) if after > before else 1.0
    return points[first - 1] + share * (points[first] - points[first - 1])
