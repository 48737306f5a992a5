"""The slow, obvious elastic net around a source: plain coordinate descent on dense rows, one coefficient at a time."""

import numpy as np


def descend(X, y, weight, centre, l1, l2, *, fit_intercept=True, lower=-np.inf, l2_centre=None, n_sweeps=20_000):
    """Minimise ``weight @ (y - X coef - intercept)^2 / 2 + sum l1 |coef - centre| + l2 (coef - l2_centre)^2 / 2``.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y, weight : ndarray of shape (n_samples,)
    centre, l1, l2 : ndarray of shape (n_features,)
    fit_intercept : bool
    lower : float
    l2_centre : ndarray of shape (n_features,), default=None
    n_sweeps : int

    Returns
    -------
    (coef, intercept)
    """
    l2_centre = centre if l2_centre is None else l2_centre
    coef, intercept = np.maximum(centre, lower), 0.0
    for _ in range(n_sweeps):
        before = coef.copy()
        for j in range(X.shape[1]):
            if fit_intercept:
                intercept = weight @ (y - X @ coef) / weight.sum()
            residual = y - X @ coef - intercept + X[:, j] * coef[j]
            curvature = weight @ X[:, j] ** 2
            # Around the centre: curvature d^2 / 2 - pull d + l1 |d| + l2 (d - m)^2 / 2
            pull = weight @ (X[:, j] * residual) - curvature * centre[j] + l2[j] * (l2_centre[j] - centre[j])
            d = np.sign(pull) * max(abs(pull) - l1[j], 0.0) / (curvature + l2[j])
            coef[j] = max(centre[j] + d, lower)
        if np.max(np.abs(coef - before)) < 1e-14:
            break
    if fit_intercept:
        intercept = weight @ (y - X @ coef) / weight.sum()
    return coef, intercept
