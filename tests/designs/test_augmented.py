"""Augmented rows equal the table written out, whatever the parts are."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._designs import AugmentedDesign, StackedDesign, as_design
from sktransfer._losses import Binomial, Multinomial

SIZES, P = (5, 7, 4), 3
KINDS = {"dense": np.asarray, "float32": lambda X: X.astype(np.float32), "CSR": sp.csr_array, "CSC": sp.csc_array}


def written_out(parts, slope, level):
    """[x, 0, .., slope * x, .., 0, level * e_d], row by row."""
    rows = []
    for domain, X in enumerate(parts):
        for x in X:
            private, levels = np.zeros((len(parts), P)), np.zeros(len(parts))
            private[domain], levels[domain] = slope * x, level
            rows.append(np.concatenate([x, private.ravel() if slope else [], levels if level else []]))
    return np.array(rows)


@pytest.fixture(params=[(0.7, 3.0), (0.7, 0.0), (0.0, 0.0)], ids=["private", "one intercept", "pooled"])
def factors(request):
    return request.param


@pytest.fixture(params=[*KINDS, "mixed"])
def case(request, factors):
    """(design, the same as a float64 array)."""
    rng = np.random.default_rng(0)
    parts = [(rng.normal(size=(n, P)) + 2).astype(np.float32).astype(float) for n in SIZES]
    kinds = [np.asarray, sp.csr_array, np.asarray] if request.param == "mixed" else [KINDS[request.param]] * 3
    stack = StackedDesign([as_design(kind(X)) for kind, X in zip(kinds, parts, strict=True)], np.float64)
    return AugmentedDesign(stack, *factors), written_out(parts, *factors)


def close(found, wanted):
    assert_allclose(found.toarray() if sp.issparse(found) else found, wanted, rtol=1e-10, atol=1e-10)


def test_shape_and_table(case):
    design, table = case
    assert design.shape == table.shape == (design.n_samples, design.n_features)
    close(design.table(), table)
    if design.dense is not None:
        close(design.dense(), table)


@pytest.mark.parametrize("about", ["zero", "a point"])
def test_products_of_the_matrix(case, about):
    design, table = case
    rng = np.random.default_rng(1)
    mean = None if about == "zero" else rng.normal(size=table.shape[1])
    weight, scale = rng.uniform(size=len(table)), rng.uniform(size=table.shape[1])
    matrix, centred = rng.normal(size=(table.shape[1],) * 2), table - (0.0 if mean is None else mean)
    close(design.sandwich(weight, mean), (centred.T * weight) @ centred)
    close(design.outer(scale, mean), (centred * scale) @ centred.T)
    close(design.quadratic(matrix, mean), np.einsum("ij,jk,ik->i", centred, matrix, centred))
    close(design.centred_squares(np.zeros(len(scale)) if mean is None else mean, weight), weight @ centred**2)


def test_a_domain_without_weight_adds_nothing(case):
    design, table = case
    weight = np.repeat([1.0, 0.0, 2.0], SIZES)
    centred = table - weight @ table / weight.sum()
    close(design.sandwich(weight, weight @ table / weight.sum()), (centred.T * weight) @ centred)


def test_products_with_ones_and_with_vectors(case):
    design, table = case
    rng = np.random.default_rng(2)
    n, width = table.shape
    ones, weight = np.column_stack([table, np.ones(n)]), rng.uniform(size=n)
    coef, residual, matrix = rng.normal(size=(2, width)), rng.normal(size=(n, 2)), rng.normal(size=(width + 1,) * 2)
    close(design.matvec(coef), table @ coef.T)
    close(design.rmatvec(residual), residual.T @ table)
    close(design.sandwich_with_ones(weight), (ones.T * weight) @ ones)
    close(design.quadratic_with_ones(matrix), np.einsum("ij,jk,ik->i", ones, matrix, ones))
    close(design.row_squares(weight[:width]), table**2 @ weight[:width])
    product, total = design.hessian_product(weight, coef[0], 0.5)
    close(np.append(product, total), ones.T @ (weight * (ones @ np.append(coef[0], 0.5))))


def test_columns_in_any_order(case):
    design, table = case
    at = np.random.default_rng(3).permutation(table.shape[1])[:5]
    block, shift = design.columns(at)
    close(block, table[:, at] + shift)


@pytest.mark.parametrize("ones", [True, False])
@pytest.mark.parametrize("second", [None, "double"])
def test_a_visit_is_that_of_the_table(case, second, ones):
    design, table = case
    rng = np.random.default_rng(4)
    n, width = table.shape
    y, weight, offset = rng.integers(0, 2, n).astype(float), rng.uniform(size=n), rng.normal(size=n)
    rows = (Binomial(), y, weight, offset, 0.3, rng.normal(size=width))
    found = design.visit(*rows, second=second, ones=ones)
    if found is None:
        assert second  # compressed rows have no such road
        return
    for mine, other in zip(found, as_design(table).visit(*rows, second=second, ones=ones), strict=True):
        assert (mine is None) == (other is None)
        if mine is not None:
            close(mine, other)
    assert design.visit(*rows, mean=np.zeros(width)) is None


def test_a_joint_gradient_is_that_of_the_table(case):
    design, table = case
    rng = np.random.default_rng(5)
    n, width = table.shape
    y, weight, loss = rng.integers(0, 3, n), rng.uniform(size=n), Multinomial(3)
    rows = (
        loss.joint_kernel,
        loss.encode(y),
        weight,
        rng.normal(size=(3, width)),
        rng.normal(size=3),
        np.zeros((n, 3)),
    )
    found = design.joint_gradient(*rows)
    if found is None:
        assert design.dense is None  # nor this
        return
    for mine, other in zip(found, as_design(table).joint_gradient(*rows), strict=True):
        close(mine, other)
