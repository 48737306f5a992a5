"""Slopes that are not computed anew change nothing: the gap is the same, and who may move is among the watched."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._losses import Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import ElasticNetPrior
from sktransfer._solvers._shrinkage import Shrinkage
from sktransfer._solvers._survey import Survey

N, P = 20, 50
NOTHING_SCREENED = 1e300


def _problem(form, two_kinks, l2):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, P)), rng.normal(size=N)
    second = {"other_l1": np.full(P, 0.7), "other_centre": rng.normal(size=P)} if two_kinks else {}
    prior = ElasticNetPrior(rng.normal(size=P), np.ones(P), np.full(P, l2), np.zeros(P), **second)
    return Shrinkage(Objective([LossTerm(form(X), Squared(), y)], [prior], fit_intercept=False), 0), X


def _plain_gap(problem, X, d, residual):
    """The formula at the top of `_shrinkage.py`, the best of z searched among the kinks."""
    a, b, m, _, c, k = problem.penalty(np.arange(P))
    u = X.T @ residual - b * (d - m)
    s = min(1.0, np.min((a + c) / np.abs(u), where=u != 0, initial=1.0))
    corners = np.stack([np.zeros(P), k])
    best = np.max(s * u * corners - a * np.abs(corners) - c * np.abs(corners - k), axis=0)
    terms = a * np.abs(d) + c * np.abs(d - k) - s * u * d + best
    return (1 - s) ** 2 * (residual @ residual + b @ (d - m) ** 2) / 2 + terms.sum()


@pytest.mark.parametrize("form", [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_array])
@pytest.mark.parametrize("two_kinks", [False, True])
@pytest.mark.parametrize("l2", [0.0, 0.4])
def test_the_gap_along_a_walk_is_that_of_all_columns(form, two_kinks, l2):
    problem, X = _problem(form, two_kinks, l2)
    rng, survey, d = np.random.default_rng(1), Survey(problem), np.zeros(P)
    fewest = P
    for strength in np.geomspace(40, 0.2, 25):
        problem.strength = strength
        survey.begin(d, problem.y - X @ d)
        for _ in range(3):
            d = d.copy()
            d[rng.choice(survey.watched)] += rng.normal(scale=0.3) / strength
            residual = problem.y - X @ d
            gap, s = survey.gap(d, residual, residual)
            assert_allclose(gap, _plain_gap(problem, X, d, residual), rtol=1e-9, atol=1e-11)
            near = survey.nearest(d, s, NOTHING_SCREENED, 5)
            assert len(near) <= 5
            assert np.all(d[near] == 0)
            fewest = min(fewest, len(survey.watched))
    assert fewest < P


def test_the_nearest_to_moving_come_first():
    problem, X = _problem(np.asfortranarray, False, 0.0)
    d, residual = np.zeros(P), problem.y
    problem.strength = 3.0
    survey = Survey(problem)
    survey.begin(d, residual)
    _, s = survey.gap(d, residual, residual)
    with np.errstate(divide="ignore"):
        distance = (3.0 - np.abs(X.T @ residual)) / np.linalg.norm(X, axis=0)
    assert set(survey.nearest(d, s, NOTHING_SCREENED, 6)) == set(np.argsort(distance)[:6])
