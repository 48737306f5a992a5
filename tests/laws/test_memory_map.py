"""Law: a memory map, read block by block, gives the model that the same rows in memory give."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer._designs import _mapped
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)

N, P = 4_000, 6


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(_mapped, "LARGE", 1)
    monkeypatch.setattr(_mapped, "BLOCK_BYTES", 20_000)


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    X = random.normal(size=(N, P)) + 2.0
    eta = (X - 2.0) @ np.linspace(-0.6, 0.6, P)
    noisy = eta + random.normal(size=N)
    return {
        "X": X,
        "weight": random.random(N) * (random.random(N) > 0.1),
        "numbers": noisy,
        "two numbers": np.column_stack([noisy, 3.0 - eta]),
        "labels": np.where(noisy > 0.5, "yes", "no"),
        "three labels": np.array(["a", "b", "c"])[np.digitize(noisy, [-0.5, 1.5])],
        "counts": random.poisson(np.exp(eta)),
        "amounts": random.gamma(2.0, np.exp(eta)),
    }


CASES = {
    "ridge": (TransferRidge(), "numbers"),
    "ridge, two outputs, scaled": (TransferRidge(metric="scale"), "two numbers"),
    "ridge, positive": (TransferRidge(positive=True, tol=1e-13), "numbers"),
    "ridge, no intercept": (TransferRidge(fit_intercept=False), "numbers"),
    "lasso": (TransferLasso(alpha=0.1, tol=1e-13), "numbers"),
    "elastic net": (TransferElasticNet(alpha=0.1, tol=1e-13), "two numbers"),
    "ridge classifier": (TransferRidgeClassifier(class_weight="balanced", metric="scale"), "three labels"),
    "ridge classifier, two": (TransferRidgeClassifier(), "labels"),
    "logistic": (TransferLogisticRegression(tol=1e-12), "labels"),
    "logistic, scaled": (TransferLogisticRegression(tol=1e-12, metric="scale"), "labels"),
    "logistic, balanced": (TransferLogisticRegression(tol=1e-12, class_weight="balanced"), "three labels"),
    "logistic, class weights": (TransferLogisticRegression(tol=1e-12, class_weight={"yes": 3.0}), "labels"),
    "logistic, no intercept": (TransferLogisticRegression(tol=1e-12, fit_intercept=False), "three labels"),
    "poisson": (TransferPoissonRegressor(tol=1e-12), "counts"),
    "gamma": (TransferGammaRegressor(tol=1e-12, metric="scale"), "amounts"),
    "tweedie": (TransferTweedieRegressor(power=1.5, tol=1e-12), "counts"),
    "tweedie, normal": (TransferTweedieRegressor(power=0), "numbers"),
}


# a twin, its rows, a link and the shape of a source's slopes
OF_SEVERAL = {
    "ridge": (TransferRidge(), "numbers", "identity", (P,)),
    "ridge, two outputs, scaled": (TransferRidge(metric="scale"), "two numbers", "identity", (2, P)),
    "lasso": (TransferLasso(alpha=0.1, tol=1e-13), "numbers", "identity", (P,)),
    "logistic": (TransferLogisticRegression(tol=1e-12), "labels", "logit", (P,)),
    "logistic, three": (TransferLogisticRegression(tol=1e-12), "three labels", "logit", (3, P)),
    "poisson": (TransferPoissonRegressor(tol=1e-12), "counts", "log", (P,)),
    "tweedie": (TransferTweedieRegressor(power=1.5, tol=1e-12, metric="scale"), "counts", "log", (P,)),
}


def mapped(path, array, mode="r"):
    np.save(path, array)
    return np.load(path, mmap_mode=mode)


def require_same(one, other, rtol=1e-9):
    for name in ("coef_", "intercept_", "delta_", "effective_sample_size_"):
        if not hasattr(other, name):  # lasso
            continue
        mine, theirs = getattr(one, name), getattr(other, name)
        assert_allclose(mine, theirs, rtol=rtol, atol=rtol * max(1.0, np.abs(theirs).max()), err_msg=name)
    assert one.n_features_in_ == other.n_features_in_
    assert np.asarray(one.coef_).dtype == np.asarray(other.coef_).dtype
    if hasattr(other, "classes_"):
        assert_array_equal(one.classes_, other.classes_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_the_same_model(case, weighted, rows, tmp_path):
    model, kind = CASES[case]
    X, y, weight = rows["X"], rows[kind], rows["weight"] if weighted else None
    in_memory = clone(model).fit(X, y, sample_weight=weight)
    by_blocks = clone(model).fit(mapped(tmp_path / "X.npy", X), y, sample_weight=weight)
    require_same(by_blocks, in_memory)


@pytest.mark.parametrize("form", ["Fortran", "every second row", "a part", "reversed", "written", "copied on write"])
@pytest.mark.parametrize("case", ["ridge", "logistic"])
def test_however_the_rows_lie(case, form, rows, tmp_path):
    model, kind = CASES[case]
    X, y = rows["X"], rows[kind]
    modes = {"written": "r+", "copied on write": "c"}
    X = np.asfortranarray(X) if form == "Fortran" else X
    big = mapped(tmp_path / "X.npy", X, modes.get(form, "r"))
    if form in modes:
        big[5] *= 2.0
    part = {"every second row": np.s_[::2], "a part": np.s_[11:3001], "reversed": np.s_[::-1]}.get(form, np.s_[:])
    copy = np.array(big[part])
    require_same(clone(model).fit(big[part], y[part]), clone(model).fit(copy, y[part]))
    assert_array_equal(big[part], copy)


@pytest.mark.parametrize("kind", ["ridge", "logistic", "logistic, balanced", "poisson"])
def test_with_a_source(kind, rows, tmp_path):
    model, target = CASES[kind]
    X, y = rows["X"], rows[target]
    source = clone(model).fit(X[:500], y[:500])._as_source(X[:500], y[:500])
    model = clone(model).set_params(source=source, metric="fisher", intercept_penalty=0.5)
    require_same(clone(model).fit(mapped(tmp_path / "X.npy", X), y), clone(model).fit(X, y))


def test_single_precision_on_disk_is_summed_in_double(rows, tmp_path):
    X = rows["X"].astype(np.float32)
    big = mapped(tmp_path / "X.npy", X)
    wide = X.astype(np.float64)
    for case in ("ridge", "logistic"):
        model, kind = CASES[case]
        single, double = clone(model).fit(big, rows[kind]), clone(model).fit(wide, rows[kind])
        assert single.coef_.dtype == np.float32
        assert_allclose(single.coef_, double.coef_, rtol=3e-7)
        assert_allclose(single.intercept_, double.intercept_, rtol=3e-7)


def test_the_twin(rows, tmp_path):
    big = mapped(tmp_path / "X.npy", rows["X"])
    ridge = TransferRidge(alpha=2.0).fit(big, rows["numbers"])
    assert_allclose(ridge.coef_, Ridge(alpha=2.0).fit(rows["X"], rows["numbers"]).coef_, rtol=1e-10)
    twin = LogisticRegression(tol=1e-12, solver="newton-cholesky").fit(rows["X"], rows["labels"])
    assert_allclose(TransferLogisticRegression(tol=1e-12).fit(big, rows["labels"]).coef_, twin.coef_, rtol=1e-8)


def test_targets_and_weights_in_maps_too(rows, tmp_path):
    big = mapped(tmp_path / "X.npy", rows["X"])
    y, weight = (mapped(tmp_path / f"{name}.npy", rows[name]) for name in ("counts", "weight"))
    model = TransferPoissonRegressor(tol=1e-12)
    require_same(clone(model).fit(big, y, weight), clone(model).fit(rows["X"], rows["counts"], rows["weight"]))


def test_what_cannot_go_by_blocks_goes_as_an_array(rows, tmp_path):
    big = mapped(tmp_path / "X.npy", rows["X"])
    model = TransferLogisticRegression(l1_ratio=0.5, tol=1e-9)
    assert_array_equal(model.fit(big, rows["labels"]).coef_, clone(model).fit(rows["X"], rows["labels"]).coef_)


def test_a_level_far_from_the_rows(tmp_path):
    random = np.random.default_rng(1)
    X = random.normal(size=(3_000, 2))
    y = random.poisson(np.exp(9.0 + X @ [0.5, -0.5]))
    model = TransferPoissonRegressor(alpha=0.0, tol=1e-10)
    require_same(clone(model).fit(mapped(tmp_path / "X.npy", X), y), clone(model).fit(X, y))


def test_a_constant_column(rows, tmp_path):
    X = np.column_stack([rows["X"], np.full(N, 0.1)])
    for case in ("ridge, two outputs, scaled", "logistic, scaled"):
        model, kind = CASES[case]
        by_blocks = clone(model).fit(mapped(tmp_path / "X.npy", X), rows[kind])
        assert_allclose(np.atleast_2d(by_blocks.coef_)[:, -1], 0.0, atol=1e-11)


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_a_gradient_that_is_rounding_is_no_failure(rows, tmp_path):
    """Counts of size 1e9: no gradient can be known to 1e-10."""
    counts = 1e9 * rows["counts"]
    fits = [TransferPoissonRegressor(alpha=0.0, tol=1e-10).fit(X, counts) for X in _both(rows["X"], tmp_path)]
    assert all(fit.result_.converged and 1e-10 < fit.result_.certificate < 1e-2 for fit in fits)
    require_same(*fits, rtol=1e-8)


def _both(X, path):
    """In memory and in a map."""
    return X, mapped(path / "X.npy", X)


@pytest.mark.parametrize("rule", ["free", "nonnegative", "simplex"])
@pytest.mark.parametrize("name", OF_SEVERAL)
def test_several_sources(name, rule, rows, tmp_path):
    twin, key, link, shape = OF_SEVERAL[name]
    random, y = np.random.default_rng(3), rows[key]
    labels = np.unique(y) if "labels" in key else None
    slopes = 0.3 * random.normal(size=(4, *shape)) + np.linspace(-0.6, 0.6, P)
    level = 0.0 if len(shape) == 1 else np.zeros(shape[0])
    sources = [Source(each, level, link=link, classes=labels) for each in slopes]
    model = clone(twin).set_params(source=sources, source_weights=rule)
    blocks = clone(model).fit(mapped(tmp_path / "X.npy", rows["X"]), y, sample_weight=rows["weight"])
    memory = clone(model).fit(rows["X"], y, sample_weight=rows["weight"])
    require_same(blocks, memory, rtol=1e-7)
    assert_allclose(blocks.source_weights_, memory.source_weights_, atol=1e-7)
