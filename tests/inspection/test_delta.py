"""DeltaDisplay: what is drawn are the fitted attributes, the largest moves first, the others counted."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source, SourceData
from sktransfer.inspection import DeltaDisplay
from sktransfer.joint import AlphaWeightedRegressor, FeatureAugmentation
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV

P = 6
RNG = np.random.default_rng(1)
X = RNG.normal(size=(40, P)) * [1.0, 10.0, 0.1, 1.0, 1.0, 1.0]
COEF = np.array([1.0, -0.2, 20.0, 0.5, 0.0, 1.0])
y = X @ COEF + RNG.normal(size=40)
SOURCE = Source(COEF + np.array([0.5, 0.02, -9.0, 0.0, -1.0, 0.1]))
TWIN = TransferRidge(alpha=3.0, source=SOURCE).fit(X, y)
LABELS = np.array(["a", "b", "c"])[np.digitize(y, np.quantile(y, [0.3, 0.7]))]


def _points(display):
    """(before, after) of the artists, from the top."""
    before, after = display.source_.get_offsets(), display.target_.get_offsets()
    assert_allclose(before[:, 1], np.arange(len(before)))
    assert_allclose(after[:, 1], before[:, 1])
    ends = np.array([segment[:, 0] for segment in display.lines_.get_segments()])
    assert_allclose(ends, np.column_stack([before[:, 0], after[:, 0]]))
    return before[:, 0], after[:, 0]


def _ticks(display):
    return [tick.get_text() for tick in display.ax_.get_yticklabels()]


def test_dumbbells_are_the_coefficients():
    display = DeltaDisplay.from_estimator(TWIN)
    order = np.argsort(-np.abs(TWIN.delta_))
    before, after = _points(display)
    assert_allclose(before, TWIN.source_coef_[order])
    assert_allclose(after, TWIN.coef_[order])
    assert _ticks(display) == [f"x{j}" for j in order]
    assert display.moves_ == [(f"x{j}", TWIN.source_coef_[j], TWIN.coef_[j]) for j in order]
    assert display.ax_.get_ylim()[0] > display.ax_.get_ylim()[1]  # the first at the top
    assert display.ax_.get_xlabel() == "coefficient"


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_rows_make_moves_comparable(layout):
    display = DeltaDisplay.from_estimator(TWIN, layout(X))
    size = np.abs(TWIN.delta_) * X.std(axis=0)
    order = np.argsort(-size)
    before, after = _points(display)
    assert_allclose(np.abs(after - before), size[order])
    assert_allclose(after, (TWIN.coef_ * X.std(axis=0))[order])
    assert list(order) != list(np.argsort(-np.abs(TWIN.delta_)))  # units matter here
    assert "standard deviation" in display.ax_.get_xlabel()


def test_the_fit_knows_the_units_where_it_standardised():
    twin = TransferRidge(alpha=3.0, source=SOURCE, metric="scale").fit(X, y)
    assert_allclose(DeltaDisplay.from_estimator(twin).spread, X.std(axis=0))


def test_the_rest_is_counted():
    display = DeltaDisplay.from_estimator(TWIN, n_features=2)
    assert len(_points(display)[0]) == 2
    assert display.n_others_ == P - 2
    assert _ticks(display)[-1] == "4 more moved less"
    display.plot(n_features=None)
    assert (len(_points(display)[0]), display.n_others_) == (P, 0)


def test_what_did_not_move_is_neither_drawn_nor_counted():
    display = DeltaDisplay(source=[1.0, 2.0, 3.0], target=[1.0, 5.0, 3.5]).plot()
    assert display.moves_ == [("x1", 2.0, 5.0), ("x2", 3.0, 3.5)]
    assert display.n_others_ == 0
    assert DeltaDisplay(source=[1.0], target=[1.0]).plot().moves_ == []


def test_names_of_frames():
    frame = pd.DataFrame(X, columns=list("uvwxyz"))
    twin = TransferRidge(source=SOURCE).fit(frame, y)
    assert sorted(_ticks(DeltaDisplay.from_estimator(twin, frame))) == list("uvwxyz")
    with pytest.raises(ValueError, match="feature names"):
        DeltaDisplay.from_estimator(twin, frame[list("zyxwvu")])


def test_classes():
    source = LogisticRegression().fit(X, np.roll(LABELS, 3))
    twin = TransferLogisticRegression(source=source).fit(X, LABELS)
    display = DeltaDisplay.from_estimator(twin, n_features=None)
    k, j = np.unravel_index(np.argmax(np.abs(twin.delta_)), twin.delta_.shape)
    assert display.moves_[0] == (f"x{j} ({'abc'[k]})", twin.source_coef_[k, j], twin.coef_[k, j])
    assert len(display.moves_) == 3 * P
    display.plot(output="b")
    assert {name[-3:] for name, _, _ in display.moves_} == {"(b)"}
    assert {after for _, _, after in display.moves_} == set(twin.coef_[1])
    with pytest.raises(ValueError, match=r"output must be one of \['a', 'b', 'c'\], got 'd'"):
        display.plot(output="d")


def test_outputs():
    Y = np.column_stack([y, -y])
    twin = TransferRidge(source=Source([COEF, COEF])).fit(X, Y)
    display = DeltaDisplay.from_estimator(twin, n_features=None)
    assert sorted(name for name, _, _ in display.moves_) == sorted(f"x{j} ({k})" for j in range(P) for k in range(2))


@pytest.mark.parametrize("twin", [TransferRidge(source=SOURCE), TransferLogisticRegression()], ids=["mean", "mixture"])
def test_of_a_search_the_mean_of_its_members(twin):
    """Against the source as it is, also where members ignore it or rescale it."""
    labels, source = y, SOURCE
    if twin.source is None:
        labels, source = (y > 0).astype(int), Source(COEF, classes=[0, 1])
        twin.set_params(source=source)
    search = TransferCV(twin, grid=[0.5, 5.0]).fit(X, labels)
    coef = np.zeros(P)
    for weight, params in zip(search.weights_, search.table_["params"], strict=True):
        if weight:
            coef += weight * np.ravel(twin.__class__(**{"source": source, **params}).fit(X, labels).coef_)
    display = DeltaDisplay.from_estimator(search)
    assert np.count_nonzero(search.weights_) > 1
    assert_allclose(np.ravel(display.target), coef, rtol=1e-6)
    assert_allclose(np.ravel(display.source), np.ravel(source.coef), rtol=1e-12)
    assert_allclose(display.spread, X.std(axis=0))


def test_feature_augmentation_moves_from_the_shared_coefficients():
    model = FeatureAugmentation(Ridge(), SourceData(X, -y)).fit(X, y)
    display = DeltaDisplay.from_estimator(model)
    assert_allclose(np.ravel(display.source), model.shared_coef_)
    assert_allclose(np.ravel(display.target), model.coef_)
    assert display.source_.get_label() == "the shared ones"


def test_rows_for_a_source_have_no_coefficients():
    model = AlphaWeightedRegressor(Ridge(), SourceData(X, y)).fit(X, y)
    with pytest.raises(TypeError, match=r"compares coefficients with a source's, and AlphaWeightedRegressor has none"):
        DeltaDisplay.from_estimator(model)


def test_styles_are_passed_on():
    display = DeltaDisplay.from_estimator(
        TWIN, source_kwargs={"s": 7.0}, target_kwargs={"alpha": 0.25}, line_kwargs={"linewidth": 5.0}
    )
    assert display.source_.get_sizes().tolist() == [7.0]
    assert display.target_.get_alpha() == 0.25
    assert set(display.lines_.get_linewidths()) == {5.0}
