"""The dual's coordinate ascent against NumPy: one step, bookkeeping of its vectors, and the optimum by another road."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize

from sktransfer._kernels import dual_ascent

N, P = 25, 6
NO_INDEX = np.zeros(0, dtype=np.intc)


def parts_of(X, kind):
    if kind.startswith("csr"):
        X = sp.csr_array(X)
        index = np.int64 if "long" in kind else np.intc
        return X.data, X.indices.astype(index), X.indptr.astype(index), 0
    return X.ravel(), NO_INDEX, NO_INDEX, P


class Problem:
    """Random rows about a mean, a spread and level; a tube of three kinds of bounds."""

    def __init__(self, kind, seed=0, about=True, uniform=False):
        random = np.random.default_rng(seed)
        X = random.normal(size=(N, P)) * (random.random((N, P)) < 0.6)
        X = X.astype(np.float32 if "32" in kind else np.float64)
        self.parts = parts_of(X, kind)
        X = X.astype(np.float64)
        self.spread = np.full(P, 0.7) if uniform else random.uniform(0.5, 2.0, size=P)
        mean = random.normal(size=P) if about else np.zeros(P)
        self.X, self.q = X, X @ (self.spread * mean)
        self.level = 0.3 + mean @ (self.spread * mean)
        self.ridge = np.where(np.arange(N) % 2, 0.4, 0.0)
        self.lower = np.where(np.arange(N) % 3, -0.8, 0.0)
        self.upper = np.where(np.arange(N) % 5, 1.2, 0.0)
        self.r, self.epsilon = 2 * random.normal(size=N), 0.3
        self.Q = (X - mean) @ np.diag(self.spread) @ (X - mean).T + 0.3
        self.short = self.spread[:1] if uniform else self.spread
        self.about = about

    def ascend(self, beta, order, tol, max_epochs, margin=np.inf, seed=1):
        u = self.spread * (self.X.T @ beta)
        q = self.q if self.about else np.zeros(0)
        diagonal = self.Q.diagonal() + self.ridge
        vectors = (self.r, self.ridge, self.lower, self.upper, self.epsilon)
        random = np.array([seed], dtype=np.uint64)
        return dual_ascent(
            *self.parts, self.short, q, self.level, diagonal, *vectors, beta, u, float(beta.sum()),
            float(self.q @ beta) if self.about else 0.0, order, margin, tol, max_epochs, random,
        ), u  # fmt: skip

    def value(self, beta):
        smooth = self.r @ beta - beta @ self.Q @ beta / 2 - self.ridge @ beta**2 / 2
        return smooth - self.epsilon * np.abs(beta).sum()


KINDS = ["dense", "dense 32", "csr", "csr long", "csr 32"]


@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("about", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_is_the_best_step_of_its_row(kind, about, uniform):
    problem = Problem(kind, about=about, uniform=uniform)
    beta = np.clip(np.random.default_rng(2).normal(size=N), problem.lower, problem.upper)
    for row in range(N):
        before = beta.copy()
        (epochs, visited), u = problem.ascend(beta, np.array([row]), 0.0, 1)
        assert (epochs, visited) == (1, 1)
        assert np.count_nonzero(beta - before) <= 1
        grid = np.linspace(problem.lower[row], problem.upper[row], 2001)
        others = np.tile(before, (len(grid), 1))
        others[:, row] = grid
        assert problem.value(beta) >= max(map(problem.value, others)) - 1e-12
        np.testing.assert_allclose(u, problem.spread * (problem.X.T @ beta), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("about", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_optimum(kind, about):
    """Against L-BFGS-B in the positive and negative parts of beta, where the dual is smooth."""
    problem, beta = Problem(kind, about=about), np.zeros(N)
    for _ in range(20):
        problem.ascend(beta, np.arange(N), 1e-12, 500)

    def minus(z):
        both = z[:N] - z[N:]
        slope = problem.r - problem.Q @ both - problem.ridge * both
        value = problem.r @ both - both @ problem.Q @ both / 2 - problem.ridge @ both**2 / 2 - problem.epsilon * z.sum()
        return -value, np.concatenate([problem.epsilon - slope, problem.epsilon + slope])

    bounds = [(0, b) for b in problem.upper] + [(0, -b) for b in problem.lower]
    options = {"maxiter": 20_000, "maxfun": 50_000, "ftol": 1e-16, "gtol": 1e-11}
    slow = minimize(minus, np.zeros(2 * N), jac=True, bounds=bounds, method="L-BFGS-B", options=options)
    np.testing.assert_allclose(problem.value(beta), -slow.fun, rtol=1e-9)
    assert np.all((beta >= problem.lower) & (beta <= problem.upper))


def test_rows_that_are_safe_are_set_aside_and_the_rest_is_a_permutation():
    problem, beta, order = Problem("dense"), np.zeros(N), np.arange(N)
    (_, first), _ = problem.ascend(beta, order, 0.0, 1)
    assert first == N
    np.testing.assert_array_equal(np.sort(order), np.arange(N))
    (epochs, visited), _ = problem.ascend(beta, order, 1e-10, 200)
    assert visited < epochs * N
    np.testing.assert_array_equal(np.sort(order), np.arange(N))


def test_nothing_to_visit():
    problem, beta = Problem("dense"), np.zeros(N)
    assert problem.ascend(beta, np.zeros(0, dtype=np.intp), 0.0, 5)[0] == (0, 0)
    np.testing.assert_array_equal(beta, 0.0)
