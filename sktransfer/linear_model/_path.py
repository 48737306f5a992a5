"""All strengths of an elastic net around a source, each fit started from the last."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import column_or_1d

from sktransfer._base import copying_strength
from sktransfer._solvers import CoordinateDescent
from sktransfer.linear_model._elastic_net import TransferElasticNet


def transfer_path(
    X,
    y,
    *,
    source=None,
    l1_ratio=1.0,
    eps=1e-3,
    alphas=100,
    sample_weight=None,
    source_share=1.0,
    source_weights="auto",
    metric="identity",
    intercept_penalty=0.0,
    fit_intercept=True,
    positive=False,
    max_iter=1000,
    tol=1e-4,
    return_n_iter=False,
):
    """Coefficients of :class:`TransferElasticNet` along a path of strengths.

    As ``sklearn.linear_model.enet_path`` and ``lasso_path``, with a source, weights and a fitted intercept.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
    source : None, Source, fitted model or list of these, default=None
    l1_ratio : float, default=1.0
        Share of absolute values in the penalty, above 0; 1 is the lasso.
    eps : float, default=1e-3
        The smallest alpha as a share of the largest.
    alphas : int or array-like of shape (n_alphas,), default=100
        How many strengths, from the smallest that copies the source downwards, evenly in their logarithms; or the
        strengths themselves, positive and finite.
    sample_weight : array-like of shape (n_samples,), default=None
    source_share, source_weights, metric, intercept_penalty, fit_intercept, positive, max_iter, tol
        As in :class:`TransferElasticNet`; ``max_iter`` counts for each alpha.
    return_n_iter : bool, default=False

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        From the largest to the smallest.
    coefs : ndarray of shape (n_features, n_alphas) or (n_targets, n_features, n_alphas)
        The target's coefficients (not their changes).
    dual_gaps : ndarray of shape (n_alphas,) or (n_targets, n_alphas)
        How far, at most, each objective is above its minimum.
    n_iters : list of int
        Only if ``return_n_iter``.

    Raises
    ------
    ValueError
        If an alpha is not positive and finite, or nothing of the penalty is in absolute values.

    See Also
    --------
    sklearn.linear_model.enet_path : The twin.

    References
    ----------
    Friedman, Hastie & Tibshirani (2010), Regularization Paths for Generalized Linear Models via Coordinate Descent.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer import Source
    >>> from sktransfer.linear_model import transfer_path
    >>> X = np.random.default_rng(0).normal(size=(30, 3))
    >>> alphas, coefs, _ = transfer_path(X, X @ [1.0, 2.0, 4.0], source=Source([1.0, 2.0, 3.0]), alphas=4)
    >>> coefs.round(1)[:, [0, -1]]
    array([[1., 1.],
           [2., 2.],
           [3., 4.]])
    """
    model = TransferElasticNet(
        1.0,
        source=source,
        l1_ratio=l1_ratio,
        source_share=source_share,
        source_weights=source_weights,
        metric=metric,
        intercept_penalty=intercept_penalty,
        fit_intercept=fit_intercept,
        max_iter=max_iter,
        tol=tol,
        positive=positive,
    )
    model._validate_params()
    if l1_ratio == 0:
        raise ValueError("l1_ratio must be above 0: a path of ridge fits has no alpha that copies. Use TransferRidge.")
    problem, rows = model._posed(X, y, sample_weight)
    alphas = _grid(problem, alphas, eps)
    results = CoordinateDescent().path(problem.objective, alphas, problem.start, tol=tol, max_iter=max_iter)
    coefs = np.empty((len(alphas), *problem.source.coef.shape))
    gaps, n_iters = np.empty((len(alphas), len(problem.source.coef))), []
    for coef, gap, result in zip(coefs, gaps, results, strict=True):
        result.warn_unless_converged("transfer_path")
        coef[:] = problem.split(result.theta)[0]
        gap[:] = result.gaps / rows.weight.sum()
        n_iters.append(result.n_iter)
    coefs, gaps, flat = np.moveaxis(coefs, 0, -1), gaps.T, model._one_dimensional
    found = (alphas, *((coefs[0], gaps[0]) if flat else (coefs, gaps)))
    return (*found, n_iters) if return_n_iter else found


def _grid(problem, alphas, eps):
    """The strengths, from the largest to the smallest."""
    if isinstance(alphas, Integral):
        if not 0 < eps <= 1 or alphas < 1:
            raise ValueError(f"eps must be in (0, 1] and a number of alphas at least 1, got {eps!r} and {alphas!r}")
        return copying_strength(problem.objective, problem.start) * np.logspace(0, np.log10(eps), alphas)
    alphas = column_or_1d(alphas, dtype=np.float64)
    if len(alphas) == 0 or not np.all((alphas > 0) & np.isfinite(alphas)):
        raise ValueError(f"alphas must be positive and finite, and there must be one at least; got {alphas.tolist()}")
    return np.sort(alphas)[::-1]
