"""The members of a mixture are what fits of their own find, and no fit is made for them."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
)
from sktransfer.model_selection import TransferCV
from sktransfer.sources import Source
from sktransfer.svm import TransferLinearSVC

TIGHT = {"tol": 1e-10, "max_iter": 1000}
COEF = np.array([1.0, -0.5, 0.25, 0.0, 0.5])


def _numbers(n, p, kind, seed=0):
    """(X, y, source of the kind's scale)."""
    rng = np.random.default_rng(seed)
    X, coef = rng.normal(size=(n, p)), np.resize(COEF, p) / np.sqrt(p)
    eta = X @ coef + 0.3
    source = coef + 0.2 * rng.normal(size=p) / np.sqrt(p)
    if kind == "numbers":
        return X, eta + rng.normal(size=n), Source(source, 0.1)
    if kind == "outputs":
        Y = np.column_stack([eta, -eta]) + rng.normal(size=(n, 2))
        return X, Y, Source(np.stack([source, -source]), [0.1, 0.2])
    if kind == "counts":
        return X, rng.poisson(np.exp(eta)), Source(source, 0.1, link="log")
    if kind == "amounts":
        return X, rng.gamma(2.0, np.exp(eta) / 2), Source(source, 0.1, link="log")
    if kind == "labels":
        return (
            X,
            np.where(rng.random(n) < 1 / (1 + np.exp(-2 * eta)), "yes", "no"),
            Source(2 * source, 0.1, classes=["no", "yes"]),
        )
    labels = np.argmax(np.column_stack([eta, -eta, np.zeros(n)]) + rng.gumbel(size=(n, 3)), axis=1)
    return X, labels, Source(np.stack([source, -source, 0 * source]), [0.1, 0.0, -0.1], classes=[0, 1, 2])


CASES = {
    "ridge": (TransferRidge(), "numbers", 40, 5),
    "ridge, wide": (TransferRidge(), "numbers", 15, 25),
    "ridge, outputs": (TransferRidge(), "outputs", 40, 5),
    "ridge, no intercept": (TransferRidge(fit_intercept=False), "numbers", 40, 5),
    "logistic": (TransferLogisticRegression(**TIGHT), "labels", 60, 5),
    "logistic, default tol": (TransferLogisticRegression(), "labels", 60, 5),
    "logistic, wide": (TransferLogisticRegression(**TIGHT), "labels", 30, 40),
    "logistic, classes": (TransferLogisticRegression(**TIGHT), "classes", 60, 4),
    "logistic, a solver by name": (TransferLogisticRegression(solver="lbfgs", **TIGHT), "labels", 60, 5),
    "poisson": (TransferPoissonRegressor(**TIGHT), "counts", 50, 5),
    "gamma": (TransferGammaRegressor(**TIGHT), "amounts", 50, 4),
    "ridge classifier": (TransferRidgeClassifier(), "labels", 40, 5),
    "lasso": (TransferLasso(), "numbers", 30, 5),
    "elastic net": (TransferElasticNet(), "numbers", 30, 5),
    "svc": (TransferLinearSVC(), "labels", 30, 4),
}
SMOOTH = [name for name, (twin, *_) in CASES.items() if twin._borrowing.has_path]


def _search(name, sparse=False, weighted=False):
    """(twin with a source, X, y, weights)."""
    twin, kind, n, p = CASES[name]
    X, y, source = _numbers(n, p, kind)
    if kind == "labels" and not isinstance(twin, TransferLogisticRegression):
        source = Source(source.coef, source.intercept, classes=source.classes, link=twin._link)
    weight = np.random.default_rng(1).uniform(0.5, 2, size=n) if weighted else None
    return clone(twin).set_params(source=source), sp.csr_array(X) if sparse else X, y, weight


def _members(twin, X, y, weight, cv="auto", chosen=0):
    """(candidates, what the protocol fits as they say)."""
    borrowing = twin._borrowing
    candidates = borrowing.candidates(X, y, weight, "auto")
    if borrowing.has_path:
        borrowing.held_out(X, y, weight, candidates)
    return candidates, borrowing.fitted(X, y, weight, candidates, chosen)


def _alike(members, candidates, twin, X, y, weight, atol=1e-7):
    for member, candidate in zip(members, candidates, strict=True):
        fresh = clone(twin).set_params(**candidate.params).fit(X, y, sample_weight=weight)
        said = str(candidate)
        assert_allclose(member.coef_, fresh.coef_, atol=atol, err_msg=said)
        assert_allclose(member.intercept_, fresh.intercept_, atol=atol, err_msg=said)
        worth = getattr(fresh, "effective_sample_size_", np.nan)
        assert_allclose(getattr(member, "effective_sample_size_", np.nan), worth, rtol=1e-5, atol=1e-7, err_msg=said)
        assert np.shape(member.coef_) == np.shape(fresh.coef_)
        assert np.shape(member.intercept_) == np.shape(fresh.intercept_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_each_member_is_the_fit_of_its_own(name, weighted):
    data = _search(name, weighted=weighted)
    candidates, members = _members(*data)
    _alike(members, candidates, *data)


@pytest.mark.parametrize("name", ["ridge", "logistic", "poisson"])
def test_of_sparse_rows_too(name):
    data = _search(name, sparse=True)
    candidates, members = _members(*data)
    _alike(members, candidates, *data)


@pytest.mark.parametrize("name", SMOOTH)
def test_no_fit_is_made_for_members(name, monkeypatch):
    twin, X, y, _ = _search(name)
    monkeypatch.setattr(type(twin), "fit", lambda *args, **kwargs: pytest.fail("a member was fitted anew"))
    search = TransferCV(twin).fit(X, y)
    assert np.count_nonzero(search.weights_) > 1
    assert search.predict(X).shape == np.shape(y)


@pytest.mark.parametrize("name", ["ridge", "logistic", "poisson", "logistic, classes", "ridge, outputs"])
@pytest.mark.parametrize("rule", ["auto", "min"])
def test_the_chosen_one_is_its_own_fit_to_the_bit(name, rule):
    twin, X, y, _ = _search(name)
    search = TransferCV(twin, rule=rule).fit(X, y)
    fresh = clone(twin).set_params(**search.borrow_).fit(X, y)
    assert_array_equal(search.best_estimator_.coef_, fresh.coef_)
    assert_array_equal(search.best_estimator_.intercept_, fresh.intercept_)
    assert_array_equal(search.best_estimator_.predict(X), fresh.predict(X))
    assert search.best_estimator_.result_.certificate == fresh.result_.certificate
    assert search.best_estimator_.get_params() == fresh.get_params()


@pytest.mark.parametrize("name", ["logistic", "logistic, wide", "logistic, classes", "logistic, a solver by name"])
def test_members_of_a_mixture_are_fitted_estimators(name):
    twin, X, y, weight = _search(name)
    candidates, members = _members(twin, X, y, weight)
    for member, candidate in zip(members, candidates, strict=True):
        fresh = clone(twin).set_params(**candidate.params).fit(X, y)
        assert type(member) is type(fresh)
        assert vars(member).keys() == vars(fresh).keys()
        assert member.get_params() == fresh.get_params()
        assert member.result_.converged
        assert member.result_.certificate <= member.tol
        assert_allclose(member.result_.value, fresh.result_.value, rtol=1e-8)
        assert_allclose(member.delta_, fresh.delta_, atol=1e-7)
        assert_allclose(member.source_.coef, fresh.source_.coef, atol=1e-6)
        assert_allclose(member.predict_proba(X), fresh.predict_proba(X), atol=1e-7)
        assert_allclose(getattr(member, "source_weights_", 0), getattr(fresh, "source_weights_", 0), atol=1e-6)
        assert np.shape(member.n_iter_) == np.shape(fresh.n_iter_)
        assert not hasattr(clone(member), "coef_")
        assert_array_equal(pickle.loads(pickle.dumps(member)).predict(X), member.predict(X))


@pytest.mark.parametrize("name", ["ridge", "logistic", "poisson"])
def test_the_search_keeps_no_rows(name):
    """Nothing is left for later: rows that change afterwards change no prediction, and a pickle is the search."""
    twin, X, y, _ = _search(name)
    rows = X.copy()
    search = TransferCV(twin).fit(rows, y)
    expected = search.predict(X), search.effective_sample_size_, search.summary()
    rows[:] = np.nan
    again = pickle.loads(pickle.dumps(search))
    for each in (search, again):
        assert_array_equal(each.predict(X), expected[0])
        assert each.effective_sample_size_ == expected[1]
        assert each.summary() == expected[2]


def test_bad_parameters_are_still_refused():
    twin, X, y, _ = _search("ridge")
    with pytest.raises(ValueError, match="The 'max_iter' parameter of TransferRidge"):
        TransferCV(twin.set_params(max_iter=-3)).fit(X, y)


def test_a_strength_that_the_search_replaces_is_not_looked_at():
    twin, X, y, _ = _search("ridge")
    search = TransferCV(clone(twin).set_params(alpha=None)).fit(X, y)
    assert_array_equal(search.predict(X), TransferCV(twin).fit(X, y).predict(X))


def test_several_sources_and_bounds():
    twin, X, y, weight = _search("ridge")
    other = Source(twin.source.coef[::-1].copy(), 0.0)
    for rule in ("auto", "nonnegative"):
        several = clone(twin).set_params(source=[twin.source, other], source_weights=rule)
        candidates, members = _members(several, X, y, weight)
        _alike(members, candidates, several, X, y, weight)
        for member, candidate in zip(members, candidates, strict=True):
            if "source" not in candidate.params:
                fresh = clone(several).set_params(**candidate.params).fit(X, y)
                assert_allclose(member.source_coef_, fresh.source_coef_, atol=1e-7)
