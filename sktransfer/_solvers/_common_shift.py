"""Shifts common to all classes, which a symmetric softmax does not see.

Intercepts without a penalty can be shifted freely: they are left level with the start. Slopes with a penalty of
absolute values alone can be shifted while the kinks between the middle two classes are not crossed (so where the number
of classes is even): the smallest sum of squares is taken, which is the elastic net's limit.
"""

import numpy as np


def without_common_shifts(objective, kinks, theta, init):
    """``theta`` at the place that is meant among those that predict, and cost, the same."""
    if not all(term.loss.shift_invariant for term in objective.terms):
        return theta
    layout, theta = objective.layout, theta.copy()
    coef, intercept = layout.split(theta)
    of_intercepts = kinks.own >= layout.n_coefs
    together = layout.split(objective.lift(of_intercepts.astype(float)))[1]
    if intercept is not None and np.all(kinks.free[of_intercepts]) and np.allclose(together, 1.0):
        intercept += np.mean(layout.split(init)[1] - intercept)
    if objective.held is not None:
        return theta
    a, b, kink = (layout.split(part)[0] for part in (kinks.a, kinks.b, kinks.kink))
    shifted = np.all(b == 0, axis=0) & np.all(a == a[0], axis=0) & (a[0] > 0) & (layout.n_outputs % 2 == 0)
    delta = np.sort(coef - kink, axis=0)
    low, high = delta[layout.n_outputs // 2 - 1], delta[layout.n_outputs // 2]
    shift = np.where(shifted & (low < high), np.clip(delta.mean(axis=0), low, high), 0.0)
    coef -= shift
    return theta
