"""Least squares from sums equals least squares from rows."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from sktransfer.sources import Source

RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 4)) * [1.0, 10.0, 0.1, 3.0] + [0.0, 100.0, 1.0, -5.0]
Y = X @ RNG.normal(size=(4, 2)) + [1.0, -3.0] + RNG.normal(size=(40, 2))
WEIGHT = RNG.uniform(0.5, 2.0, size=40)


def sums(X, y, w=None):
    w = np.ones(len(X)) if w is None else w
    weighted = (w * y.T).T
    return X.T @ (w[:, None] * X), weighted.T @ X, w @ X, weighted.sum(0), (weighted * y).sum(0), w.sum()


@pytest.mark.parametrize("alpha", [0.0, 2.5])
@pytest.mark.parametrize("y", [Y, Y[:, 0]])
def test_equals_the_fit_on_rows(y, alpha):
    twin = (Ridge(alpha) if alpha else LinearRegression()).fit(X, y, WEIGHT)
    source = Source.from_statistics(*sums(X, y, WEIGHT), alpha=alpha, feature_names=list("abcd"), name="s")
    np.testing.assert_allclose(source.coef, twin.coef_, rtol=1e-9)
    np.testing.assert_allclose(source.intercept, twin.intercept_, rtol=1e-9)
    assert (source.link, source.name, source.feature_names) == ("identity", "s", tuple("abcd"))
    assert source.n_samples == WEIGHT.sum()
    read = Source.from_estimator(twin, X, sample_weight=WEIGHT)
    np.testing.assert_allclose(source.precision, read.precision, rtol=1e-11)


@pytest.mark.parametrize("y", [Y, Y[:, 0]])
def test_minimum_norm_where_it_is_not_unique(y):
    wide = np.column_stack([X, X[:, 0] - 0.5 * X[:, 3], np.full(40, 7.0), np.zeros(40)])
    source = Source.from_statistics(*sums(wide, y))
    centred = wide - wide.mean(0)
    expected = np.linalg.lstsq(centred, y - y.mean(0), rcond=1e-10)[0].T
    np.testing.assert_allclose(source.coef, expected, rtol=1e-6, atol=1e-8)


def test_sums_of_two_places_add_up():
    halves = [sums(X[:25], Y[:25]), sums(X[25:], Y[25:])]
    pooled = Source.from_statistics(*(a + b for a, b in zip(*halves, strict=True)))
    np.testing.assert_allclose(pooled.coef, LinearRegression().fit(X, Y).coef_, rtol=1e-9)


GRAM, XTY, X_SUM, Y_SUM, Y_SQ, N = sums(X, Y[:, 0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gram": GRAM[:3]}, "gram must have shape"),
        ({"xty": XTY[:3]}, "xty must have shape|gram must have shape"),
        ({"xty": 3.0}, "must have shape"),
        ({"x_sum": np.ones((4, 1))}, "x_sum must have shape"),
        ({"y_sum": [1.0, 2.0]}, "y_sum must have shape"),
        ({"y_sq": [1.0]}, "y_sq must have shape"),
        ({"gram": GRAM + np.triu(GRAM)}, "symmetric"),
        ({"gram": np.cov(X.T)}, "gram, x_sum and n_samples fit no data"),
        ({"gram": -GRAM}, "fit no data"),
        ({"gram": GRAM * np.nan}, "gram must be finite"),
        ({"y_sq": 0.0}, "y_sq \\* n_samples"),
        ({"y_sq": Y_SUM**2 / N}, "xty, y_sum and y_sq fit no data"),
        ({"xty": XTY + 1e4}, "xty, y_sum and y_sq fit no data"),
        ({"n_samples": None}, "total weight"),
        ({"n_samples": -1}, "above 0"),
        ({"alpha": -1.0}, "alpha must be"),
        ({"alpha": [1.0, 2.0]}, "alpha must be"),
    ],
)
def test_impossible_sums_are_refused(changes, message):
    arguments = {"gram": GRAM, "xty": XTY, "x_sum": X_SUM, "y_sum": Y_SUM, "y_sq": Y_SQ, "n_samples": N}
    with pytest.raises(ValueError, match=message):
        Source.from_statistics(**(arguments | changes))


def test_a_column_of_zeros_with_a_sum_is_impossible():
    gram = GRAM.copy()
    gram[0], gram[:, 0] = 0.0, 0.0
    with pytest.raises(ValueError, match="fit no data"):
        Source.from_statistics(gram, XTY, X_SUM, Y_SUM, Y_SQ, N)
