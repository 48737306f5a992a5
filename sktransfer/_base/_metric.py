"""In which geometry is Delta small? ``metric=`` becomes a precision on the slopes."""

import numpy as np

NAMES = ("identity", "scale", "source", "fisher")


def slope_metric(metric, layout):
    """The metric at strength one, for everything but "fisher".

    "scale" and "source" are the identity, too: the problem is then posed in standardised features.

    Parameters
    ----------
    metric : {"identity", "scale", "source"} or array-like of shape (p,), (p, p), (K*p,) or (K*p, K*p)
    layout : Layout

    Returns
    -------
    ndarray of shape (K*p,) for a diagonal, (K*p, K*p) for a full matrix

    Raises
    ------
    ValueError
        If an array has a wrong shape or is not positive semidefinite.
    """
    if isinstance(metric, str):
        return np.ones(layout.n_coefs)
    return _from_array(metric, layout)


def _from_array(metric, layout):
    array = np.asarray(metric, dtype=np.float64)
    p, K = layout.n_features, layout.n_outputs
    if not np.all(np.isfinite(array)):
        raise ValueError("metric holds NaN or infinite values; every entry must be finite")
    if array.shape == (p,):
        array = np.tile(array, K)
    elif array.shape == (p, p):
        array = np.kron(np.eye(K), array)
    elif array.shape not in ((K * p,), (K * p, K * p)):
        wanted = [(p,), (p, p)] + ([(K * p,), (K * p, K * p)] if K > 1 else [])
        raise ValueError(f"metric has shape {array.shape}; for {p} features and {K} outputs give one of {wanted}")
    if array.ndim == 1:
        if np.any(array < 0):
            raise ValueError(f"metric must not be negative, its smallest entry is {array.min()}")
        return array
    top = np.abs(array).max(initial=0.0)
    if np.abs(array - array.T).max(initial=0.0) > 1e-10 * top:
        raise ValueError("metric must be symmetric; pass (metric + metric.T) / 2")
    lowest = np.linalg.eigvalsh(array)[0]
    if lowest < -1e-10 * top:
        raise ValueError(f"metric must be positive semidefinite, its smallest eigenvalue is {lowest:.3g}")
    return (array + array.T) / 2
