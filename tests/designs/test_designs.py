"""Every kind of design equals plain NumPy on the same numbers, and writes to nothing."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._designs import Design, ScaledDesign, StackedDesign, _base, _dense, as_design
from sktransfer._losses import Binomial

N, P, K = 37, 5, 3


def numbers(dtype=np.float64):
    """Rows with zeros, a negative and a zero column, in the given precision."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, P)) + np.array([0.0, 3.0, -1.0, 0.0, 0.0])
    X[rng.uniform(size=(N, P)) < 0.4] = 0.0
    X[:, 3] = 0.0
    return X.astype(dtype)


def strided(X):
    wide = np.full((2 * N, 3 * P), np.nan, dtype=X.dtype)
    wide[::2, ::3] = X
    return wide[::2, ::3]


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def read_only_sparse(X):
    X = sp.csr_array(X)
    for part in (X.data, X.indices, X.indptr):
        part.flags.writeable = False
    return X


def compressed(X, kind, index):
    X = kind(X)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    return X


def scaled(X):
    """``(inner matrix) -> ScaledDesign``: its rows are ``(X - mean) / scale``."""
    return ScaledDesign(as_design(X), np.linspace(-1, 2, P), np.geomspace(0.3, 4, P))


def standardised(X):
    return (X.astype(np.float64) - np.linspace(-1, 2, P)) / np.geomspace(0.3, 4, P)


def stacked(names):
    """Rows of several designs, one below the other: ``(design, the same as a float64 array)``."""
    cuts = np.linspace(0, N, len(names) + 1).astype(int)
    parts, dense = [], []
    for name, low, high in zip(names, cuts, cuts[1:], strict=False):
        matrix = MATRICES[name]()[low:high]
        parts.append(as_design(matrix))
        dense.append(matrix.toarray() if sp.issparse(matrix) else np.array(matrix))
    return StackedDesign(parts), np.concatenate(dense).astype(np.float64)


MATRICES = {
    "C": lambda: np.ascontiguousarray(numbers()),
    "F": lambda: np.asfortranarray(numbers()),
    "strided": lambda: strided(numbers()),
    "reversed": lambda: np.ascontiguousarray(numbers()[::-1, ::-1])[::-1, ::-1],
    "float32 C": lambda: numbers(np.float32),
    "float32 F": lambda: np.asfortranarray(numbers(np.float32)),
    "float32 strided": lambda: strided(numbers(np.float32)),
    "read-only": lambda: read_only(numbers()),
    "read-only CSR": lambda: read_only_sparse(numbers()),
    "CSR int32": lambda: compressed(numbers(), sp.csr_array, np.int32),
    "CSR int64": lambda: compressed(numbers(), sp.csr_array, np.int64),
    "CSC int32": lambda: compressed(numbers(), sp.csc_array, np.int32),
    "CSC int64": lambda: compressed(numbers(), sp.csc_array, np.int64),
    "CSR matrix": lambda: sp.csr_matrix(numbers()),
    "CSC matrix": lambda: sp.csc_matrix(numbers()),
    "CSR float32": lambda: compressed(numbers(np.float32), sp.csr_array, np.int32),
    "CSC float32": lambda: compressed(numbers(np.float32), sp.csc_array, np.int64),
}
STACKED = [
    ["C"],
    ["F", "C", "strided"],
    ["float32 C", "F"],
    ["CSR int32", "CSC int64"],
    ["C", "CSR int64", "float32 F"],
]
SCALED = ["C", "F", "float32 C", "CSR int32", "CSC int64", "CSR float32"]


@pytest.fixture(
    params=[
        *MATRICES,
        "memmap",
        *(f"scaled {name}" for name in SCALED),
        *(f"stacked {', '.join(names)}" for names in STACKED),
        "scaled stack",
    ]
)
def case(request, tmp_path):
    """(design, the same as a float64 array)."""
    name = request.param
    if name == "memmap":
        X = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=(N, P))
        X[:] = numbers()
        X.flush()
        X = np.memmap(tmp_path / "X", dtype=np.float64, mode="r", shape=(N, P))
        return as_design(X), np.array(X)
    if name.startswith("stacked"):
        return stacked(name.removeprefix("stacked ").split(", "))
    if name == "scaled stack":
        design, dense = stacked(STACKED[1])
        return scaled(design), standardised(dense)
    matrix = MATRICES[name.removeprefix("scaled ")]()
    dense = matrix.toarray() if sp.issparse(matrix) else np.array(matrix)
    if name.startswith("scaled"):
        return scaled(matrix), standardised(dense)
    return as_design(matrix), dense.astype(np.float64)


def weights(zero):
    w = np.random.default_rng(1).uniform(0.1, 2, N)
    w[::3] *= not zero
    return w


CENTRE = np.linspace(-2, 1, P)


def close(actual, expected):
    assert actual.dtype == np.float64
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(expected).max(initial=0.0)))


def test_shape(case):
    design, X = case
    assert (design.n_samples, design.n_features) == X.shape
    assert as_design(design) is design


@pytest.mark.parametrize("n_outputs", [1, K])
def test_products_with_vectors(case, n_outputs):
    design, X = case
    rng = np.random.default_rng(2)
    coef, residual = rng.normal(size=(n_outputs, P)), rng.normal(size=(N, n_outputs))
    close(design.matvec(coef), X @ coef.T)
    close(design.rmatvec(residual), residual.T @ X)
    close(design.matvec(np.asfortranarray(coef)), X @ coef.T)
    close(design.rmatvec(np.asfortranarray(residual)), residual.T @ X)
    assert design.matvec(coef).flags.c_contiguous


@pytest.mark.parametrize("chosen", [[], [2], [4, 1], [0, 1, 2, 3, 4]])
def test_products_with_chosen_columns(case, chosen):
    design, X = case
    vector = np.random.default_rng(2).normal(size=2 * N)[::2]
    close(design.chosen_products(vector, np.array(chosen, dtype=np.int32)), vector @ X[:, chosen])


def test_a_single_column_of_many_out_of_rows():
    X = np.random.default_rng(0).normal(size=(N, 50))
    close(as_design(X).chosen_products(X[:, 0], np.array([7], dtype=np.int32)), X[:, [7]].T @ X[:, 0])


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("mean", [None, CENTRE])
def test_sandwich_and_centred_squares(case, mean, zero):
    design, X = case
    w = weights(zero)
    about = X - (0.0 if mean is None else mean)
    close(design.sandwich(w, mean), about.T @ (about * w[:, None]))
    close(design.sandwich(np.repeat(w, 2)[::2], mean), about.T @ (about * w[:, None]))
    close(design.centred_squares(np.zeros(P) if mean is None else mean, w), w @ about**2)
    close(design.squares(w), w @ X**2)


@pytest.mark.parametrize("zero", [False, True])
def test_hessian_product_and_moments(case, zero):
    design, X = case
    w, coef = weights(zero), np.random.default_rng(2).normal(size=P)
    for weight in (w, np.repeat(w, 2)[::2]):
        for shift in (0.0, -1.5):
            product, total = design.hessian_product(weight, coef, shift)
            along = w * (X @ coef + shift)
            close(product, along @ X)
            np.testing.assert_allclose(total, along.sum(), rtol=1e-11, atol=1e-11)
        sums, squares = design.moments(weight)
        close(sums, w @ X)
        close(squares, w @ X**2)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("second", [None, "double"])
def test_a_visit_is_the_loss_by_parts(case, zero, second):
    design, X = case
    random, loss, w = np.random.default_rng(3), Binomial(), weights(zero)
    coef, y, offset = random.normal(size=P), (random.random(N) < 0.5).astype(float), np.linspace(-1, 1, N)
    found = design.visit(loss, y, w, offset, 0.4, coef, second=second)
    if found is None:
        assert any(part.sparse for part in getattr(design, "parts", [design]))
        assert second == "double"
        return
    value, expected, curvature = loss.gradient(y, (X @ coef + offset + 0.4)[:, np.newaxis], w)
    np.testing.assert_allclose(found[0], value, rtol=1e-12)
    close(found[1], expected[:, 0] @ X)
    np.testing.assert_allclose(found[2], expected.sum(), rtol=1e-11, atol=1e-12)
    if second is not None:
        close(found[3], design.sandwich_with_ones(curvature.diagonal))


def test_few_rows_stand_beside_ones_where_they_are_dense(case, monkeypatch):
    design, X = case
    if design.dense is None:
        assert design.few_rows is None
        return
    close(design.few_rows, np.hstack([X, np.ones((N, 1))]))
    monkeypatch.setattr(_base, "_FEW", N * (P + 1) - 1)
    assert design.rows(slice(None)).few_rows is None


@pytest.mark.parametrize("zero", [False, True])
def test_with_ones(case, zero):
    design, X = case
    w, ones = weights(zero), np.hstack([X, np.ones((N, 1))])
    close(design.sandwich_with_ones(w), ones.T @ (ones * w[:, None]))
    matrix = np.random.default_rng(3).normal(size=(P + 1, P + 1))
    close(design.quadratic_with_ones(matrix), np.einsum("ij,jk,ik->i", ones, matrix, ones))


@pytest.mark.parametrize("mean", [None, CENTRE])
def test_outer_and_quadratic(case, mean):
    design, X = case
    rng = np.random.default_rng(4)
    matrix, scale = rng.normal(size=(P, P)), rng.uniform(0, 2, P)
    scale[1] = 0.0
    about = X - (0.0 if mean is None else mean)
    close(design.outer(scale, mean), (about * scale) @ about.T)
    close(design.quadratic(matrix, mean), np.einsum("ij,jk,ik->i", about, matrix, about))
    if design.by_row:
        close(design.row_squares(scale), X**2 @ scale)


@pytest.mark.parametrize("zero", [False, True])
def test_mean_and_variance(case, zero):
    design, X = case
    w = weights(zero)
    mean, variance = design.mean_and_variance(w)
    expected = np.average(X, axis=0, weights=w)
    close(mean, expected)
    close(variance, np.average((X - expected) ** 2, axis=0, weights=w))
    assert variance[3] == 0.0


@pytest.mark.parametrize("kind", [np.array, np.asfortranarray, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("n", [1, 2, 50, 3001])
def test_constant_columns_have_exactly_no_variance(n, kind):
    values = np.array([0.0, 1.0, 0.1, -1e6 / 3, 1e-7, 12345.678, 1e12 / 7])
    w = np.random.default_rng(5).uniform(0.1, 3, n)
    mean, variance = as_design(kind(np.tile(values, (n, 1)))).mean_and_variance(w)
    np.testing.assert_array_equal(variance, 0.0)
    np.testing.assert_allclose(mean, values, rtol=1e-12)


@pytest.mark.parametrize("kind", [np.array, np.asfortranarray, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("n", [50, 20_000])
def test_a_large_mean_costs_no_digits_of_the_variance(n, kind):
    rng = np.random.default_rng(6)
    X = rng.normal(size=(n, 3)) * [1.0, 1e-2, 10.0] + 1e6
    w = rng.uniform(0.1, 3, n)
    mean, variance = as_design(kind(X)).mean_and_variance(w)
    small = X - 1e6  # exact
    expected = np.average(small, axis=0, weights=w)
    np.testing.assert_allclose(mean, 1e6 + expected, rtol=1e-13)
    np.testing.assert_allclose(variance, np.average((small - expected) ** 2, axis=0, weights=w), rtol=1e-9)


def test_standardising_with_a_large_mean_costs_the_dense_sandwich_no_digits():
    rng = np.random.default_rng(7)
    Z = np.round(rng.normal(size=(60, 3)), 3)
    X, w = Z + 2.0**20, rng.uniform(size=60)
    exact = X - 2.0**20
    design = ScaledDesign(as_design(X), np.full(3, 2.0**20), np.array([1.0, 2.0, 4.0]))
    expected = exact / [1.0, 2.0, 4.0]
    np.testing.assert_allclose(design.sandwich(w), (expected * w[:, None]).T @ expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(design.squares(w), w @ expected**2, rtol=1e-13)


def test_scaled_designs_nest():
    X = numbers()
    once = ScaledDesign(as_design(X), np.arange(P), np.full(P, 2.0))
    twice = ScaledDesign(once, np.full(P, 0.5), np.linspace(1, 3, P))
    expected = ((X - np.arange(P)) / 2 - 0.5) / np.linspace(1, 3, P)
    w = weights(True)
    close(twice.matvec(np.eye(P)), expected)
    close(twice.sandwich(w), expected.T @ (expected * w[:, None]))
    close(twice.quadratic(np.eye(P)), (expected**2).sum(1))


@pytest.mark.parametrize("kind", ["csr", "csc"])
def test_entries_stored_twice_count_as_their_sum(kind):
    twice = sp.coo_array(([1.0, 2.0, -1.0, 4.0], ([0, 0, 1, 2], [1, 1, 0, 1])), shape=(3, 2))
    X = twice.toarray()
    rows = sp.csr_array(([1.0, 2.0, -1.0, 4.0], [1, 1, 0, 1], [0, 2, 3, 4]), shape=(3, 2))
    matrix = rows if kind == "csr" else rows.tocsc()
    assert matrix.nnz == 4
    design, w = as_design(matrix), np.array([1.0, 2.0, 0.5])
    mean = np.array([0.5, 1.0])
    close(design.matvec(np.eye(2)), X)
    close(design.rmatvec(np.eye(3)), X)
    close(design.centred_squares(mean, w), w @ (X - mean) ** 2)
    close(design.moments(w)[0], w @ X)
    close(design.moments(w)[1], w @ X**2)
    close(design.hessian_product(w, mean)[0], X.T @ (w * (X @ mean)))
    close(design.sandwich(w, mean), (X - mean).T @ ((X - mean) * w[:, None]))
    close(design.quadratic(np.ones((2, 2)), mean), (X - mean).sum(1) ** 2)
    assert matrix.nnz == 4


@pytest.mark.parametrize("name", list(MATRICES))
def test_nothing_is_written_to_X_or_to_the_arguments(name):
    matrix = MATRICES[name]()
    parts = [matrix.data, matrix.indices, matrix.indptr] if sp.issparse(matrix) else [matrix]
    rng = np.random.default_rng(8)
    arguments = {
        "w": weights(True),
        "coef": rng.normal(size=(K, P)),
        "residual": rng.normal(size=(N, K)),
        "matrix": rng.normal(size=(P, P)),
        "mean": CENTRE.copy(),
        "y": np.ones(N),
    }
    kept = [part.copy() for part in parts]
    kept_arguments = {key: value.copy() for key, value in arguments.items()}
    for design in (as_design(matrix), scaled(matrix)):
        design.matvec(arguments["coef"])
        design.rmatvec(arguments["residual"])
        design.sandwich(arguments["w"], arguments["mean"])
        design.sandwich_with_ones(arguments["w"])
        design.outer(arguments["mean"] ** 2, arguments["mean"])
        design.quadratic(arguments["matrix"], arguments["mean"])
        design.centred_squares(arguments["mean"], arguments["w"])
        design.mean_and_variance(arguments["w"])
        design.hessian_product(arguments["w"], arguments["mean"], 1.0)
        design.moments(arguments["w"])
        design.visit(Binomial(), arguments["y"], arguments["w"], arguments["y"], 1.0, arguments["mean"])
    for part, before in zip(parts, kept, strict=True):
        np.testing.assert_array_equal(part, before)
    for key, before in kept_arguments.items():
        np.testing.assert_array_equal(arguments[key], before)


def test_float32_rows_are_widened_in_blocks_whatever_their_number():
    rng = np.random.default_rng(9)
    X = rng.normal(size=(700, 600)).astype(np.float32)  # 600 columns: blocks of 218 rows
    wide, coef = X.astype(np.float64), rng.normal(size=(2, 600))
    design = as_design(X)
    np.testing.assert_allclose(design.matvec(coef), wide @ coef.T, rtol=1e-10, atol=1e-10)
    residual = rng.normal(size=(700, 2))
    np.testing.assert_allclose(design.rmatvec(residual), residual.T @ wide, rtol=1e-10, atol=1e-10)
    w = rng.uniform(size=700)
    np.testing.assert_allclose(design.squares(w), w @ wide**2, rtol=1e-12)
    np.testing.assert_allclose(design.quadratic(np.eye(600)), (wide**2).sum(1), rtol=1e-12)
    ones = np.ones(600)
    np.testing.assert_allclose(design.outer(ones, ones), (wide - 1) @ (wide - 1).T, rtol=1e-10, atol=1e-9)


def test_work_is_the_number_of_multiplications():
    X = numbers()
    assert as_design(X).work == N * P
    assert as_design(sp.csr_array(X)).work == scaled(sp.csc_array(X)).work == np.count_nonzero(X)
    assert as_design(sp.csr_array(X)).sparse
    assert scaled(sp.csr_array(X)).sparse
    assert not scaled(X).sparse


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
@pytest.mark.parametrize("kind", [np.array, sp.csr_array, sp.csc_array])
def test_no_rows_or_no_features(kind, shape):
    n, p = shape
    design = as_design(kind(np.zeros(shape)))
    assert design.matvec(np.zeros((2, p))).shape == (n, 2)
    np.testing.assert_array_equal(design.rmatvec(np.ones((n, 2))), np.zeros((2, p)))
    np.testing.assert_array_equal(design.sandwich(np.ones(n)), np.zeros((p, p)))
    np.testing.assert_array_equal(design.quadratic(np.ones((p, p))), np.zeros(n))
    np.testing.assert_array_equal(design.squares(np.ones(n)), np.zeros(p))
    ones = design.sandwich_with_ones(np.ones(n))
    assert ones[p, p] == n


@pytest.mark.parametrize(
    "X, said",
    [
        ([[1.0]], "list of dtype None"),
        (np.eye(2, dtype=int), "ndarray of dtype int64"),
        (np.ones(3), "ndarray of dtype float64"),
        (sp.coo_array(np.eye(2)), "coo_array of dtype float64"),
        (sp.csr_array(np.eye(2, dtype=int)), "csr_array of dtype int64"),
    ],
)
def test_what_no_design_reads_is_refused(X, said):
    with pytest.raises(TypeError, match=rf"no design reads a {said}; there are: .*DenseDesign.*SparseDesign"):
        as_design(X)


def test_a_new_kind_is_one_subclass():
    class Tagged(type(as_design(np.eye(2)))):
        @classmethod
        def accepts(cls, X):
            return isinstance(X, str)

        def __init__(self, X):
            super().__init__(np.full((1, 1), float(X)))

    assert issubclass(Tagged, Design)
    np.testing.assert_array_equal(as_design("7").matvec(np.array([[2.0]])), [[14.0]])


def tall(case):
    """Rows with a constant column, and weights; the first rows are like all, or are not."""
    rng = np.random.default_rng(3)
    X, w = rng.normal(size=(5000, 4)) @ rng.normal(size=(4, 4)), rng.uniform(0.1, 2, 5000)
    X[:, 2] = 0.1
    if case == "far from zero":
        X += [1e6, -1e5, 0.0, 1e3]
    elif case == "a jump":
        X[300:, 0] += 1e5
    elif case == "few before a jump":
        X[10:, 0] += 1e5
        w[10:256] = 0.0
    elif case == "no weight at first":
        w[:300], X[:300] = 0.0, 1e6
    return X, w


@pytest.mark.parametrize("kind", [np.asarray, np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2]])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "case, visits",
    [("plain", 1), ("far from zero", 1), ("a jump", 1), ("few before a jump", 2), ("no weight at first", 1)],
)
def test_mean_and_scatter_in_one_visit(case, visits, dtype, kind, monkeypatch):
    """In a second one where the first rows' mean hides how all rows spread."""
    counted, sandwich = [], _dense.dense_sandwich
    monkeypatch.setattr(_dense, "dense_sandwich", lambda *given, **more: counted.append(1) or sandwich(*given, **more))
    X, w = tall(case)
    X = kind(X.astype(dtype))
    mean, scatter = as_design(X).centred_sandwich(w)
    assert len(counted) == visits
    exact = X.astype(np.longdouble)
    expected = w @ exact / w.sum()
    centred = (exact - expected).astype(float)
    spread = np.sqrt(w @ centred**2)
    spread[2] = 1.0
    np.testing.assert_allclose(mean, expected.astype(float), rtol=1e-13, atol=1e-13)
    wanted = (centred.T * w) @ centred
    wanted[2], wanted[:, 2] = 0.0, 0.0
    np.testing.assert_allclose(scatter / np.outer(spread, spread), wanted / np.outer(spread, spread), atol=1e-11)
    assert not scatter[2].any()
    assert not scatter[:, 2].any()
