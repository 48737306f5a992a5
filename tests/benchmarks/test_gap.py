"""The gap of margin problems: a bound below every model, whatever the dual point, and met by the optimum alone."""

from functools import cache

import numpy as np
import pytest

from benchmarks import gap
from benchmarks.judge import judge
from benchmarks.problems import all_problems, make_problem

CASES = [(name, kind) for name in ("svc_sparse", "svc_sparse_hinge") for kind in (0, 1)]
every_case = pytest.mark.parametrize("name, kind", CASES)


@cache
def case_of(name, kind):
    return make_problem(name, all_problems()[name].SMOKE).cases()[kind]


@every_case
def test_no_dual_point_is_above_a_model(name, kind):
    problem, rng = case_of(name, kind), np.random.default_rng(0)
    for scale in (0.0, 0.01, 0.3, 3.0):
        model = problem.centre + scale * rng.normal(size=problem.coef_shape), scale * rng.normal()
        below = gap.dual(problem, scale * rng.normal(size=len(problem.y)))
        assert below <= gap.bound(problem) <= gap.primal(problem, *model)


@every_case
def test_the_bound_is_reached(name, kind):
    """The judged certificate of a model is how far it is above the optimum, which the bound is."""
    problem = case_of(name, kind)
    best = gap.bound(problem) / len(problem.y)
    verdict = judge(problem, problem.centre, gap.level(problem))
    assert verdict.certificate == pytest.approx(1 - best / verdict.objective, rel=1e-12)
    assert verdict.certificate > 0.01


@every_case
def test_dual_points_outside_their_bounds_are_moved_to_them(name, kind):
    problem = case_of(name, kind)
    sign, most = gap.signs(problem), gap.LOSSES[problem.loss].most
    assert gap.dual(problem, -sign) == 0.0
    assert (gap.dual(problem, 2 * sign) == gap.dual(problem, sign)) == (most == 1.0)
