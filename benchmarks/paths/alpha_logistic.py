"""Twenty-one alphas of an alpha-weighted logistic regression, held out approximately, against one pooled fit.

The source has ``n_samples`` rows, the target one for 200 of them. scikit-learn's solvers are timed at their default
tolerance; the fastest is the one to compare with. The check is how far the reported held-out loss is from approximate
leave-one-out (Rad & Maleki, 2020) at the chosen alpha, with the Hessian of all rows at scikit-learn's own optimum. A
grid search over a ``sample_weight`` wrapper is timed on 4 of the alphas, as all would take minutes.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from benchmarks.paths._joint import Kept, Weighed, alphas, rows
from benchmarks.paths._versus import versus
from sktransfer.joint import AlphaWeightedClassifier
from sktransfer.linear_model import TransferLogisticRegression
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData

SIZES = ((100_000, 100),)
SMOKE = ((4_000, 5),)
TARGET = 200  # source rows for one of the target's
SOLVERS = "lbfgs", "newton-cholesky", "newton-cg"
N_ALPHAS = 21
CLOSE = 1e-3


def alpha_logistic(size, settings):
    """Rows of the table of paths."""
    (X_source, y_source), (X, y) = rows(size[0], size[0] // TARGET, size[1], binary=True)
    both = np.concatenate([X, X_source]), np.append(y, y_source)
    shares = alphas(N_ALPHAS, len(X_source), len(X))
    model = AlphaWeightedClassifier(TransferLogisticRegression(), SourceData(X_source, y_source))
    wrapper = Weighed(LogisticRegression(max_iter=1000), Kept(X_source, y_source))
    ours, search = "ours, 21 alphas", "GridSearchCV 4 alphas, 5 folds"
    pooled = {f"{solver}, pooled": LogisticRegression(solver=solver, max_iter=1000) for solver in SOLVERS}
    grid = {"alpha": shares, "estimator__C": [1.0]}
    functions = {
        ours: lambda: TransferCV(model, grid=grid, rule="min").fit(X, y),
        **{name: (lambda estimator=estimator: estimator.fit(*both)) for name, estimator in pooled.items()},
        search: lambda: GridSearchCV(wrapper, {"share": shares[1::5]}, cv=5).fit(X, y),
    }
    pairs = [*((ours, name) for name in pooled), (ours, search), *((name, None) for name in (*pooled, search))]
    checks = {ours: lambda found: _check(found, both, len(X))}
    return versus("alpha", functions, pairs, settings, checks)


def _check(found, both, n_target):
    exact = _held_out_loss(*both, n_target, found.borrow_["alpha"])
    deviation = abs(-found.best_score_ / exact - 1)
    return {"check": float(deviation), "tol": CLOSE, "met": bool(deviation <= CLOSE)}


def _held_out_loss(X, y, n_target, share):
    """Mean log-loss of the target's rows, which come first, one Newton step away from the fit with them."""
    weight = np.where(np.arange(len(y)) < n_target, 1 - share, share)
    fitted = LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(X, y, sample_weight=weight)
    A, eta = np.column_stack([X, np.ones(len(X))]), fitted.decision_function(X)
    curvature = weight * expit(eta) * expit(-eta)
    penalty = np.append(np.ones(X.shape[1]), 0.0)
    factor = cho_factor((A * curvature[:, np.newaxis]).T @ A + np.diag(penalty))
    A, y, eta = A[:n_target], y[:n_target], eta[:n_target]
    leverage = np.sum(A * cho_solve(factor, A.T).T, axis=1)
    pull = weight[:n_target] * (expit(eta) - y)
    eta = eta + leverage * pull / (1 - curvature[:n_target] * leverage)
    return np.mean(np.logaddexp(0.0, eta) - y * eta)
