"""Fifty alphas times twenty strengths of an alpha-weighted ridge, held out exactly, against one pooled fit.

The source has ``n_samples`` rows, the target one for fifty of them. A grid search over a ``sample_weight`` wrapper, the
way to do it without this library, would take 5000 fits: it is timed on 4 alphas times 2 strengths, 5 folds, and its row
says so. The check is how far the reported held-out loss is from that of the textbook formula at the chosen point.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

from benchmarks.paths._joint import Kept, Weighed, alphas, rows
from benchmarks.paths._versus import versus
from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData

SIZES = ((100_000, 200),)
SMOKE = ((1_000, 5),)
TARGET = 50  # source rows for one of the target's
STRENGTHS = np.logspace(-2, 4, 20)
N_ALPHAS = 50
CLOSE = 1e-8


def alpha_ridge(size, settings):
    """Rows of the table of paths."""
    (X_source, y_source), (X, y) = rows(size[0], size[0] // TARGET, size[1], binary=False)
    both = np.concatenate([X, X_source]), np.append(y, y_source)
    shares = alphas(N_ALPHAS, len(X_source), len(X))
    model = AlphaWeightedRegressor(TransferRidge(), SourceData(X_source, y_source))
    wrapper = Weighed(Ridge(), Kept(X_source, y_source))
    few = {"share": shares[[1, 17, 33, 48]], "estimator__alpha": STRENGTHS[[5, 15]]}
    ours, pooled, search = "ours, 50 alphas x 20 strengths", "Ridge.fit, pooled", "GridSearchCV 4 x 2, 5 folds"
    grid = {"alpha": shares, "estimator__alpha": STRENGTHS}
    functions = {
        ours: lambda: TransferCV(model, grid=grid, rule="min").fit(X, y),
        pooled: lambda: Ridge().fit(*both),
        search: lambda: GridSearchCV(wrapper, few, cv=5).fit(X, y),
    }
    checks = {ours: lambda found: _check(found, both, len(X))}
    return versus("alpha x strength", functions, [(ours, pooled), (search, pooled), (pooled, None)], settings, checks)


def _check(found, both, n_target):
    exact = _held_out_loss(*both, n_target, found.borrow_["alpha"], found.borrow_["estimator__alpha"])
    deviation = abs(-found.best_score_ / exact - 1)
    return {"check": float(deviation), "tol": CLOSE, "met": bool(deviation <= CLOSE)}


def _held_out_loss(X, y, n_target, share, strength):
    """Mean squared ``residual / (1 - leverage)`` of the target's rows, which come first; with a free intercept."""
    weight = np.where(np.arange(len(y)) < n_target, 1 - share, share)
    A = np.column_stack([X - np.average(X, axis=0, weights=weight), np.ones(len(X))])
    penalty = np.append(np.full(X.shape[1], strength), 0.0)
    factor = cho_factor((A * weight[:, np.newaxis]).T @ A + np.diag(penalty))
    theta = cho_solve(factor, A.T @ (weight * y))
    A, y, weight = A[:n_target], y[:n_target], weight[:n_target]
    leverage = weight * np.sum(A * cho_solve(factor, A.T).T, axis=1)
    return np.mean(((y - A @ theta) / (1 - leverage)) ** 2)
