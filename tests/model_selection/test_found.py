"""What the source is worth to a mixture."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from sktransfer import Source, SourceData
from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import TransferLasso, TransferRidge
from sktransfer.model_selection import TransferCV

RNG = np.random.default_rng(5)
X = RNG.normal(size=(25, 3))
y = X @ [1.0, 2.0, 3.0] + RNG.normal(size=25)
SOURCE = Source([1.0, 2.0, 2.5])


@pytest.mark.parametrize("weight", [None, np.linspace(0.5, 2.0, 25)], ids=["plain", "weighted"])
def test_of_one_choice_it_is_that_fit_s(weight):
    options = {"candidates": "transfer", "rule": "min", "grid": [1.0, 10.0]}
    search = TransferCV(TransferRidge(source=SOURCE), **options).fit(X, y, sample_weight=weight)
    assert_allclose(search.effective_sample_size_, search.best_estimator_.effective_sample_size_, rtol=1e-12)
    assert search.effective_sample_size_ > 0


def test_of_a_mixture_shares_are_averaged():
    search = TransferCV(TransferRidge(source=SOURCE), grid=[0.5, 5.0]).fit(X, y)
    share = 0.0
    for weight, params in zip(search.weights_, search.table_["params"], strict=True):
        if weight:
            worth = TransferRidge(**{"source": SOURCE, **params}).fit(X, y).effective_sample_size_
            share += weight * (1.0 if np.isinf(worth) else worth / (25 + worth))
    assert 0 < share < 1
    assert_allclose(search.effective_sample_size_, 25 * share / (1 - share), rtol=1e-9)


@pytest.mark.parametrize("name, worth", [("target", 0.0), ("source", np.inf), ("recalibrated", np.inf)])
def test_ends(name, worth):
    search = TransferCV(TransferRidge(source=SOURCE), candidates=name, grid=[1.0, 2.0]).fit(X, y)
    assert search.effective_sample_size_ == worth


def test_rows_of_a_source_are_counted_by_alpha():
    model = AlphaWeightedRegressor(DecisionTreeRegressor(max_depth=2), SourceData(X, y))
    search = TransferCV(model, grid=[0.2], candidates="transfer", rule="min").fit(X, y)
    assert_allclose(search.effective_sample_size_, 25 * 0.2 / 0.8, rtol=1e-12)


def test_absolute_values_count_no_rows():
    search = TransferCV(TransferLasso(source=SOURCE), candidates="transfer").fit(X, y)
    assert np.isnan(search.effective_sample_size_)


def test_families_are_named_in_the_table():
    table = TransferCV(TransferRidge(source=Ridge().fit(X, y)), grid=[1.0, 2.0]).fit(X, y).table_
    names = [
        "target",
        "source",
        "recalibrated",
        "recalibrated (scaled)",
        *(f"transfer (intercept {how})" for how in ("and size free", "pull 1", "pull inf")),
    ]
    assert list(dict.fromkeys(table["family"])) == names
    for name, family in zip(table["candidate"], table["family"], strict=True):
        assert family.split(" (")[0] == name
