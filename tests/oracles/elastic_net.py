"""The slow, obvious elastic net around a source: coordinate descent, one coefficient at a time; proximal gradient."""

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


def proximal_gradient(X, y, weight, kinks, squares, *, fit_intercept=True, lower=-np.inf, n_steps=100_000):
    """Minimise the weighted half squares plus ``sum strength |coef - at|`` and ``sum strength (coef - at)^2 / 2``.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y, weight : ndarray of shape (n_samples,)
    kinks, squares : list of (float, ndarray of shape (n_features,))
        (strength, at).
    fit_intercept : bool
    lower : float
    n_steps : int

    Returns
    -------
    (coef, intercept)
    """
    mean = (np.average(X, axis=0, weights=weight), np.average(y, weights=weight)) if fit_intercept else (0.0, 0.0)
    root = np.sqrt(weight)
    X, y = root[:, np.newaxis] * (X - mean[0]), root * (y - mean[1])
    step = 1 / (np.linalg.eigvalsh(X.T @ X)[-1] + sum(strength for strength, _ in squares))
    coef = ahead = np.zeros(X.shape[1])
    momentum = 1.0
    for _ in range(n_steps):
        gradient = X.T @ (X @ ahead - y) + sum(strength * (ahead - at) for strength, at in squares)
        new = _cheapest(ahead - step * gradient, [(step * strength, at) for strength, at in kinks], lower)
        if (ahead - new) @ (new - coef) > 0:
            momentum = 1.0
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / later * (new - coef)
        done = np.max(np.abs(new - coef)) < 1e-15 and momentum > 1
        coef, momentum = new, later
        if done:
            break
    return coef, mean[1] - mean[0] @ coef if fit_intercept else 0.0


def _cheapest(z, kinks, lower):
    """``argmin ||d - z||^2 / 2 + sum strength |d - at|``, d >= lower: the lowest of all corners and all flat places."""
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(kinks))).reshape(len(kinks), -1).T
    flat = [z - sum(sign * strength for sign, (strength, _) in zip(row, kinks, strict=True)) for row in signs]
    places = np.maximum(np.stack([*flat, *(at for _, at in kinks)]), lower)
    heights = 0.5 * (places - z) ** 2 + sum(strength * np.abs(places - at) for strength, at in kinks)
    return places[heights.argmin(axis=0), np.arange(len(z))]
