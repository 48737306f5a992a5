"""A lasso path of 100 strengths around a source, against libraries that solve what the source leaves over.

    minimise   ||z - X delta||^2 / (2 n) + alpha ||delta||_1,   z = y - X source_coef,   100 alphas from alpha_max

Judged for every strength, from the solution alone and relative to the objective at delta = 0, in two ways:

    own gap    the objective less the dual value at the solution's own residual, scaled until it is feasible
    best gap   the objective less the highest dual value known: that of a tight solution's residual

The first is the gap that a solver sees which builds its dual points so; the second is kinder to a solver, such as
celer, whose dual points are better. Every competitor has, for each, the loosest tolerance of its own, by half decades,
with which its worst strength meets 1e-6.
"""

from functools import cached_property
from importlib.util import find_spec

import numpy as np

from benchmarks.paths._versus import versus
from benchmarks.timing import time_limit, time_once
from sktransfer import Source
from sktransfer.linear_model import transfer_path

MEASURES = "own gap", "best gap"
GAP, TIGHT = 1e-6, 1e-10
N_ALPHAS = 100
LADDER = 10.0 ** np.arange(-1.0, -11.0, -0.5)
OPTIONAL = "celer", "skglm"
OURS, TWIN = "ours, with the source", "ours, on the residual"


def lasso_rows(X, y, source_coef, ends, settings):
    """Rows of the table of paths.

    Parameters
    ----------
    X : ndarray of Fortran order, or csc_matrix, of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    source_coef : ndarray of shape (n_features,)
    ends : tuple of float
        Where paths end, relative to alpha_max.
    settings : Settings

    Returns
    -------
    list of dict
    """
    rows = []
    solvers = {name: solve for name, solve in SOLVERS.items() if name not in OPTIONAL or find_spec(name)}
    for end in ends:
        path = Path(X, y, source_coef, end)
        found = {name: calibrated(path, solve, settings.patience, name == OURS) for name, solve in solvers.items()}
        peers = [name for name in solvers if name not in (OURS, TWIN)]
        pairs = [(ours, peer) for ours in (OURS, TWIN) for peer in peers] + [(peer, None) for peer in peers]
        for measure in MEASURES:
            functions = {name: each[measure][0] for name, each in found.items()}
            checks = {name: lambda _, columns=each[measure][1]: columns for name, each in found.items()}
            rows += versus(f"to alpha_max / {1 / end:g}, {measure}", functions, pairs, settings, checks)
    return rows


class Path:
    """The problem of one path.

    Attributes
    ----------
    X, y, z, source, alphas
        As in the formula; the source is a :class:`~sktransfer.Source`.
    """

    def __init__(self, X, y, source_coef, end):
        self.X, self.y, self.source = X, y, Source(source_coef)
        self.z = y - X @ source_coef
        self.alphas = np.abs(X.T @ self.z).max() / len(y) * np.logspace(0, np.log10(end), N_ALPHAS)

    def worst(self, deltas):
        """The largest relative gap of all strengths, by measure: (n_features, n_alphas) -> dict of float."""
        value, dual = self.values(deltas)
        gaps = value - dual, value - np.maximum(dual, self.best)
        return {name: float(np.max(gap) / self.nothing) for name, gap in zip(MEASURES, gaps, strict=True)}

    def values(self, deltas):
        """(objective, dual value at the scaled residual) of each strength."""
        n, residual = len(self.z), self.z[:, np.newaxis] - self.X @ deltas
        scale = np.minimum(1.0, self.alphas / (np.abs(self.X.T @ residual).max(axis=0) / n))
        value = 0.5 * np.mean(residual**2, axis=0) + self.alphas * np.abs(deltas).sum(axis=0)
        slack = self.z[:, np.newaxis] - scale * residual
        return value, self.nothing - 0.5 * np.mean(slack**2, axis=0)

    @cached_property
    def best(self):
        """The highest dual value known, for each strength."""
        return self.values(transfer_path(self.X, self.z, tol=TIGHT, **self.options)[1])[1]

    @property
    def nothing(self):
        """The objective at delta = 0."""
        return 0.5 * np.mean(self.z**2)

    @property
    def options(self):
        """What ours is told beside its tolerance."""
        return {"alphas": self.alphas, "fit_intercept": False, "max_iter": 100_000}


def calibrated(path, solve, patience, around_source=False):
    """By measure (a function to time, columns of its row): with the loosest tolerance that is good enough."""
    shift = path.source.coef[:, np.newaxis] if around_source else 0.0
    found, spent = {}, 0.0
    for tol in LADDER:
        try:
            with time_limit(5 * patience):
                coefs, seconds = time_once(lambda tol=tol: solve(path, tol))
        except Exception as error:
            return {name: (_raises(error), {}) for name in MEASURES} | found
        worst, spent = path.worst(coefs - shift), spent + seconds
        for name in MEASURES:
            if name not in found and (worst[name] <= GAP or spent > 5 * patience):
                met = bool(worst[name] <= GAP)
                columns = {"check": worst[name], "tol": GAP, "met": met, "note": f"its own tol: {tol:.1e}"}
                found[name] = (lambda tol=tol: solve(path, tol)), columns
        if len(found) == len(MEASURES):
            break
    for name in MEASURES:
        columns = {"check": worst[name], "tol": GAP, "met": False, "note": f"its own tol: {tol:.1e}"}
        found.setdefault(name, ((lambda: solve(path, tol)), columns))
    return found


def _raises(error):
    def function():
        raise error

    return function


def _ours(path, tol):
    return transfer_path(path.X, path.y, source=path.source, tol=tol, **path.options)[1]


def _ours_on_the_residual(path, tol):
    return transfer_path(path.X, path.z, tol=tol, **path.options)[1]


def _celer(path, tol):
    from celer import celer_path

    return celer_path(path.X, path.z, "lasso", alphas=path.alphas, tol=tol, max_iter=200, max_epochs=100_000)[1]


def _skglm(path, tol):
    from skglm.datafits import Quadratic
    from skglm.penalties import L1
    from skglm.solvers import AndersonCD

    solver = AndersonCD(tol=tol * path.alphas[0], fit_intercept=False, max_iter=200, max_epochs=100_000)
    return solver.path(path.X, path.z, Quadratic(), L1(1.0), alphas=path.alphas)[1]


def _sklearn(path, tol):
    from sklearn.linear_model import lasso_path

    return lasso_path(path.X, path.z, alphas=path.alphas, tol=tol, max_iter=100_000)[1]


SOLVERS = {OURS: _ours, TWIN: _ours_on_the_residual, "celer": _celer, "skglm": _skglm, "scikit-learn": _sklearn}
