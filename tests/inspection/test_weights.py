"""SourceWeightsDisplay: bars are the weights that estimators publish."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sktransfer import Source, SourceData
from sktransfer.inspection import SourceWeightsDisplay
from sktransfer.linear_model import TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.multisource import PooledTransferRegressor, detect_sources

RNG = np.random.default_rng(2)
X = RNG.normal(size=(30, 3))
COEF = np.array([1.0, 2.0, 3.0])
y = X @ COEF + RNG.normal(size=30)
NORTH, SOUTH = Source(COEF, name="north"), Source([1.0, 0.0, -1.0], name="south")


def _widths(bars):
    return [bar.get_width() for bar in bars]


def _places(bars):
    return [bar.get_y() + bar.get_height() / 2 for bar in bars]


def _ticks(display):
    return [tick.get_text() for tick in display.ax_.get_yticklabels()]


def test_families_of_candidates():
    search = TransferCV(TransferRidge(source=NORTH)).fit(X, y)
    display = SourceWeightsDisplay.from_estimator(search)
    expected = {}
    for family, weight in zip(search.table_["family"], search.weights_, strict=True):
        expected[family] = expected.get(family, 0.0) + weight
    (bars,) = display.bars_
    assert _ticks(display) == list(expected)
    assert_allclose(_widths(bars), list(expected.values()))
    assert_allclose(np.sum(_widths(bars)), 1.0)
    assert_allclose(_places(bars), range(len(expected)))
    heaviest = search.table_["family"][int(np.argmax(search.weights_))]
    colours = {name: bar.get_facecolor() for name, bar in zip(_ticks(display), bars, strict=True)}
    assert [name for name in colours if colours[name] == colours[heaviest]] == [heaviest]
    assert display.limit_ is None


def test_factors_of_several_sources():
    twin = TransferRidge(alpha=10.0, source=[NORTH, SOUTH, Source(COEF)]).fit(X, y)
    display = SourceWeightsDisplay.from_estimator(twin)
    assert _ticks(display) == ["north", "south", "source 2"]
    assert_allclose(_widths(display.bars_[0]), twin.source_weights_)
    assert display.kind == "factors"


def test_factors_of_several_outputs():
    sources = [Source([COEF, -COEF], name="north"), Source([COEF[::-1], COEF], name="south")]
    twin = TransferRidge(source=sources).fit(X, np.column_stack([y, -2 * y]))
    display = SourceWeightsDisplay.from_estimator(twin)
    assert_allclose([_widths(bars) for bars in display.bars_], twin.source_weights_)
    assert [bars.get_label() for bars in display.bars_] == ["0", "1"]
    assert_allclose(np.mean([_places(bars) for bars in display.bars_], axis=0), [0, 1])


ROWS = [
    SourceData(X + 0.1, (X + 0.1) @ COEF, name="alike"),
    SourceData(X, -X @ COEF, name="flipped"),
    SourceData(X, X @ COEF),
]


def test_detected_sources():
    detection = detect_sources(ROWS, X, y, TransferRidge())
    model = PooledTransferRegressor(TransferRidge(), ROWS).fit(X, y)
    for display in (SourceWeightsDisplay.from_detection(detection), SourceWeightsDisplay.from_estimator(model)):
        assert _ticks(display) == ["alike", "flipped", "source 2"]
        assert_allclose(_widths(display.bars_[0]), detection.evidence["weight"])
        assert list(display.chosen) == detection.evidence["detected"]
        assert display.limit_.get_xdata() == [0.5, 0.5]


def test_a_search_over_several_sources_has_two_kinds():
    search = TransferCV(TransferRidge(source=[NORTH, SOUTH] * 3), candidates=["source", "transfer"], rule="min").fit(
        X, y
    )
    assert SourceWeightsDisplay.from_estimator(search).kind == "candidates"
    display = SourceWeightsDisplay.from_estimator(search, kind="factors")
    assert_allclose(_widths(display.bars_[0]), search.best_estimator_.source_weights_)


def test_what_has_no_weights_is_refused():
    twin = TransferRidge(source=NORTH).fit(X, y)
    with pytest.raises(ValueError, match="this TransferRidge has no weights to draw"):
        SourceWeightsDisplay.from_estimator(twin)
    search = TransferCV(TransferRidge(source=NORTH)).fit(X, y)
    with pytest.raises(ValueError, match=r"has weights of kind \['candidates'\], but kind='factors' was asked for"):
        SourceWeightsDisplay.from_estimator(search, kind="factors")
    with pytest.raises(ValueError, match=r"kind must be one of .*, got 'other'"):
        SourceWeightsDisplay(names=["a"], weights=[1.0], kind="other").plot()


def test_styles_are_passed_on():
    display = SourceWeightsDisplay(names=["a", "b"], weights=[0.2, 0.8], kind="candidates")
    display.plot(bar_kwargs={"color": "black", "alpha": 0.5})
    assert {bar.get_facecolor() for bar in display.bars_[0]} == {(0.0, 0.0, 0.0, 0.5)}
