"""The slow, obvious way to a penalty with kinks: proximal gradient steps on dense rows, accelerated, plain NumPy."""

import numpy as np

from tests.oracles.linear import jacobian, pointwise

LOG_LINKS = {"poisson": 1.0, "gamma": 2.0}


def evaluate(loss, y, eta):
    """(loss (n,), gradient (n, K)) of every row; "poisson", "gamma" or a Tweedie power as a number."""
    if loss in ("binomial", "multinomial"):
        return pointwise(loss, y, eta)[:2]
    q = LOG_LINKS.get(loss, loss)
    mu = np.exp(eta[:, 0])
    value = {1.0: mu - y * eta[:, 0], 2.0: eta[:, 0] + y / mu}.get(q)
    if value is None:
        value = mu ** (2 - q) / (2 - q) - y * mu ** (1 - q) / (1 - q)
    return value, (mu ** (2 - q) - y * mu ** (1 - q))[:, np.newaxis]


def objective(theta, J, loss, y, w, centre, l1, l2):
    """``sum w loss + sum l1 |theta - centre| + l2 (theta - centre)^2 / 2``, J the rows as (n, K, d)."""
    delta = theta - centre
    return w @ evaluate(loss, y, J @ theta)[0] + l1 @ np.abs(delta) + 0.5 * l2 @ delta**2


def minimise(X, y, w, loss, centre, l1, l2, *, fit_intercept=True, n_outputs=1, start=None, n_steps=30_000):
    """The minimiser of :func:`objective` by steps whose length is halved until the quadratic bound holds.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y, w : ndarray of shape (n_samples,)
    loss : str or float
    centre, l1, l2 : ndarray of shape (n_params,)
        ``[coef class by class; intercepts]``.

    Returns
    -------
    ndarray of shape (n_params,)
    """
    J = jacobian(X, n_outputs, fit_intercept)
    theta = np.array(centre if start is None else start, dtype=float)
    ahead, t, length = theta.copy(), 1.0, 1.0

    def smooth(at):
        value, slope = evaluate(loss, y, J @ at)
        return w @ value, np.einsum("nkd,nk,n->d", J, slope, w, optimize=True)

    for _ in range(n_steps):
        value, gradient = smooth(ahead)
        while True:
            delta = ahead - length * gradient - centre
            new = centre + np.sign(delta) * np.maximum(np.abs(delta) - length * l1, 0) / (1 + length * l2)
            step = new - ahead
            with np.errstate(over="ignore", invalid="ignore"):
                bound = value + gradient @ step + step @ step / (2 * length)
                if smooth(new)[0] <= bound + 1e-13 * abs(value):
                    break
            length /= 2
        if np.abs(step).max() <= 1e-13 * (1 + np.abs(new).max()):
            return new
        if (ahead - new) @ (new - theta) > 0:
            t = 1.0
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        ahead, theta, t = new + (t - 1) / t_new * (new - theta), new, t_new
    return theta
