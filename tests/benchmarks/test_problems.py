"""Problems: the same for everyone, of the shapes they promise, and what they say of themselves is so."""

import numpy as np
import pytest

from benchmarks.problems import all_problems, make_problem
from benchmarks.problems._draw import mixing
from benchmarks.problems.logistic_dense import CONDITION, logistic_dense

PROBLEMS = sorted(all_problems())


def tiny(name, seed=0):
    return make_problem(name, all_problems()[name].SMOKE, seed)


def dense(X):
    return X.toarray() if hasattr(X, "toarray") else X


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_depend_on_the_seed_only(name):
    one, same, other = tiny(name), tiny(name), tiny(name, seed=1)
    np.testing.assert_array_equal(dense(one.X), dense(same.X))
    np.testing.assert_array_equal(one.y, same.y)
    np.testing.assert_array_equal(one.source_coef, same.source_coef)
    np.testing.assert_array_equal(one.source_intercept, same.source_intercept)
    assert np.any(dense(one.X) != dense(other.X))


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_have_the_shapes_they_promise(name):
    problem = tiny(name)
    assert problem.name == name
    assert problem.X.shape == all_problems()[name].SMOKE
    assert problem.source_coef.shape == problem.coef_shape
    assert problem.X.dtype == np.float64
    if not problem.fit_intercept:
        assert problem.source_intercept == 0.0


@pytest.mark.parametrize("name", PROBLEMS)
def test_cases_go_from_no_source_to_all_that_is_known(name):
    problem = tiny(name)
    kinds = [case.kind for case in problem.cases()]
    assert kinds == ["none", "source"] + ["fisher"] * (problem.precision is not None)
    assert not np.any(problem.cases()[0].centre)


def test_the_issues_sizes_are_there():
    sizes = {name: module.SIZES for name, module in all_problems().items()}
    assert {(100_000, 100), (1_000_000, 50), (20_000, 1_000)} < set(sizes["logistic_dense"])
    assert (500, 20_000) in sizes["logistic_wide"]
    assert (500, 20_000) in sizes["ridge_wide"]
    assert (100_000, 200_000) in sizes["logistic_sparse"]
    assert (100_000, 200_000) in sizes["logistic_sparse_no_intercept"]
    assert (20_000, 784) in sizes["multinomial_images"]


def test_dense_features_have_the_condition_number_they_say():
    assert np.linalg.cond(mixing(np.random.default_rng(0), 30, CONDITION)) == pytest.approx(CONDITION)
    assert np.linalg.cond(logistic_dense(5_000, 30).X) == pytest.approx(CONDITION, rel=0.2)


def test_sparse_rows_have_about_fifty_entries():
    X = make_problem("logistic_sparse", (500, 200_000)).X
    assert 48 < X.nnz / X.shape[0] <= 50
    assert X.has_sorted_indices


def test_precision_is_the_derivative_of_the_sources_own_gradient():
    """At its optimum a source of squared loss has precision [[X'X + I, X'1], [1'X, n]]: pooling needs nothing else."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    from benchmarks.problems._draw import precision

    rows = np.column_stack([X, np.ones(40)])
    expected = rows.T @ rows + np.diag([2.0, 2.0, 2.0, 0.0])
    np.testing.assert_allclose(precision("squared", X, np.zeros(3), 0.0, 2.0), expected)


def test_fisher_metric_leaves_the_intercept_free():
    """The Schur complement is the inverse of the slopes' block of the inverse."""
    problem = tiny("logistic_dense").cases()[2]
    covariance = np.linalg.inv(problem.precision)[:-1, :-1]
    np.testing.assert_allclose(problem.metric_matrix @ covariance, np.eye(len(covariance)), atol=1e-9)
    delta = np.arange(len(covariance), dtype=float)
    np.testing.assert_allclose(problem.pull(delta), problem.metric_matrix @ delta)
