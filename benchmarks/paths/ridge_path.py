"""Fifty strengths of a ridge regression with exact leave-one-out, against one fit and against RidgeCV.

The check is how far the reported held-out loss is from the one of the textbook formula at the chosen strength.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import Ridge, RidgeCV

from benchmarks.paths._data import regression
from benchmarks.paths._versus import versus
from sktransfer.linear_model import TransferRidge
from sktransfer.model_selection import TransferCV

SIZES = ((200, 50), (100_000, 200))
SMOKE = ((60, 5),)
STRENGTHS = np.logspace(-2, 6, 50)
CLOSE = 1e-8
BLOCK = 4096


def ridge_path(size, settings):
    """Rows of the table of paths."""
    X, y, source = regression(*size)
    grid = {"alpha": STRENGTHS, "intercept_penalty": [0.0]}
    ours, twin, cv = "ours, 50 strengths", "Ridge.fit", "RidgeCV, 50 strengths"
    pull = TransferRidge(source=source)
    functions = {
        ours: lambda: TransferCV(pull, candidates=("transfer",), grid=grid, rule="min").fit(X, y),
        twin: lambda: Ridge().fit(X, y),
        cv: lambda: RidgeCV(STRENGTHS).fit(X, y),
    }
    checks = {ours: lambda found: _check(found, X, y, source.coef_)}
    return versus("leave-one-out", functions, [(ours, twin), (ours, cv), (cv, twin), (twin, None)], settings, checks)


def _check(found, X, y, source_coef):
    exact = _held_out_loss(X, y - X @ source_coef, found.borrow_["alpha"])
    deviation = abs(-found.best_score_ / exact - 1)
    return {"check": float(deviation), "tol": CLOSE, "met": bool(deviation <= CLOSE)}


def _held_out_loss(X, y, alpha):
    """Mean squared ``residual / (1 - leverage)`` of a ridge regression with a free intercept."""
    X, y = X - X.mean(axis=0), y - y.mean()
    factor = cho_factor(X.T @ X + alpha * np.eye(X.shape[1]))
    residual = y - X @ cho_solve(factor, X.T @ y)
    leverage = np.full(len(y), 1 / len(y))
    for start in range(0, len(y), BLOCK):
        rows = slice(start, start + BLOCK)
        leverage[rows] += np.sum(X[rows] * cho_solve(factor, X[rows].T).T, axis=1)
    return np.mean((residual / (1 - leverage)) ** 2)
