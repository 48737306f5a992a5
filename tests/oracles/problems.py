"""Problems to solve, each as the library's objective and as the slow, obvious function of theta."""

import numpy as np

from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held, LowRankPrecision
from tests.oracles.linear import evaluate

# name: (the oracle's name, the library's loss, number of outputs)
FAMILIES = {
    "squared": ("squared", Squared(), 1),
    "squared, two outputs": ("squared", Squared(2), 2),
    "binomial": ("binomial", Binomial(), 1),
    "multinomial": ("multinomial", Multinomial(3), 3),
}


class Rows:
    """Random rows of one family, with weights and an offset on every entry."""

    def __init__(self, family, n=40, p=4, seed=0):
        random = np.random.default_rng(seed)
        self.name, self.loss, K = FAMILIES[family]
        self.X = random.normal(size=(n, p)) * np.geomspace(0.5, 2.0, p) + np.linspace(-1, 1, p)
        drawn = {
            "squared": random.normal(size=(n, K)),
            "binomial": random.integers(0, 2, n),
            "multinomial": np.arange(n) % 3,
        }
        self.y = drawn[self.name]
        self.weight = random.uniform(0.2, 2.0, n)
        self.weight[n // 2] = 0.0
        self.offset = 0.5 * random.normal(size=(n, K))

    def term(self, scale=1.0):
        return LossTerm(self.X, self.loss, self.y, self.weight, self.offset, scale)

    def evaluate(self, theta, fit_intercept, scale=1.0):
        nothing = np.zeros((len(theta), len(theta)))
        rows = (self.X, self.y, scale * self.weight, self.offset, self.name)
        return evaluate(theta, *rows, theta, nothing, fit_intercept, self.loss.n_outputs)


def precision(kind, layout, seed=1):
    """(the library's precision, the same as a matrix) of one structure; diagonal ones leave the intercepts free."""
    random = np.random.default_rng(seed)
    d, slopes = layout.n_params, np.arange(layout.n_params) < layout.n_coefs
    if kind == "ridge":
        diagonal = np.where(slopes, 0.7, 0.0)
    elif kind == "diagonal":
        diagonal = np.where(slopes, random.uniform(0.1, 2.0, d), 0.0)
    elif kind == "dense":
        root = random.normal(size=(d, d))
        return DensePrecision(root @ root.T / d + 0.1 * np.eye(d)), root @ root.T / d + 0.1 * np.eye(d)
    elif kind == "low rank":
        factor = random.normal(size=(d, 2))
        return LowRankPrecision(factor), factor @ factor.T
    return DiagonalPrecision(diagonal), np.diag(diagonal)


class Problem:
    """One or two terms, one Gaussian prior, some directions held or none.

    ``whole(theta)`` is (value, gradient, Hessian) by the slow formulas; ``free(u)`` the same in free coordinates.
    """

    def __init__(self, family, prior="ridge", *, fit_intercept=True, held=None, two_terms=False, n=40, p=4):
        self.rows = [(Rows(family, n, p), 1.0)]
        if two_terms:
            self.rows.append((Rows(family, n // 2, p, seed=5), 0.3))
        self.fit_intercept = fit_intercept
        terms = [rows.term(scale) for rows, scale in self.rows]
        self.layout = Objective(terms, [], fit_intercept=fit_intercept).layout
        random = np.random.default_rng(2)
        self.centre = 0.3 * random.normal(size=self.layout.n_params)
        structure, self.precision = precision(prior, self.layout)
        priors = [GaussianPrior(self.centre, structure)]
        self.basis, self.origin = np.eye(self.layout.n_params), np.zeros(self.layout.n_params)
        if held is not None:
            self.basis = self._basis(held)
            self.origin = 0.2 * random.normal(size=self.layout.n_params)
            priors.append(Held(self.origin, self.basis))
        self.objective = Objective(terms, priors, fit_intercept=fit_intercept)
        self.start = self.origin + self.basis @ (0.1 * random.normal(size=self.basis.shape[1]))

    def _basis(self, held):
        """Free directions: all coordinates but the first two, or a few oblique ones."""
        d = self.layout.n_params
        return np.eye(d)[:, 2:] if held == "coordinates" else np.random.default_rng(3).normal(size=(d, d - 2))

    def whole(self, theta):
        parts = [rows.evaluate(theta, self.fit_intercept, scale) for rows, scale in self.rows]
        delta = theta - self.centre
        parts.append((delta @ self.precision @ delta / 2, self.precision @ delta, self.precision))
        return tuple(sum(part[i] for part in parts) for i in range(3))

    def free(self, u):
        value, gradient, hessian = self.whole(self.origin + self.basis @ u)
        return value, self.basis.T @ gradient, self.basis.T @ hessian @ self.basis
