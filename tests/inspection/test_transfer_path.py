"""TransferPathDisplay: lines, bands and dots are the table of TransferCV; coefficients are refits."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeRegressor

from sktransfer import Source, SourceData
from sktransfer.inspection import TransferPathDisplay
from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.multisource import PooledTransferRegressor

RNG = np.random.default_rng(3)
X = RNG.normal(size=(30, 3)) * [1.0, 5.0, 0.2]
COEF = np.array([1.0, -0.5, 3.0])
y = X @ COEF + RNG.normal(size=30)
LABELS = (y > 0).astype(int)
SOURCE = Source(COEF + np.array([0.3, 0.0, -0.5]), precision=np.diag([9.0, 200.0, 1.0, 9.0]))
SEARCH = TransferCV(TransferRidge(source=SOURCE), grid=[0.1, 1.0, 10.0, 100.0]).fit(X, y)
FAMILIES = [f"transfer (intercept {how})" for how in ("and size free", "pull 1", "pull inf")]
LEVELS = ["target", "source", "recalibrated", "recalibrated (scaled)", "pooled"]


def _rows(search, family):
    """The table's rows of a family, as arrays by column."""
    at = [k for k, name in enumerate(search.table_["family"]) if name == family]
    found = {name: [column[k] for k in at] for name, column in search.table_.items()}
    return {**found, "weight": search.weights_[at]}


def test_lines_and_levels_are_the_table():
    display = TransferPathDisplay.from_estimator(SEARCH)
    assert list(display.lines_) == FAMILIES
    assert list(display.levels_) == LEVELS
    for family, line in display.lines_.items():
        rows = _rows(SEARCH, family)
        assert_array_equal(line.get_xdata(), [params["alpha"] for params in rows["params"]])
        assert_array_equal(line.get_ydata(), rows["score"])
        assert line.get_label() == family
    for family, line in display.levels_.items():
        assert_array_equal(line.get_ydata(), [max(_rows(SEARCH, family)["score"])] * 2)
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlabel() == "alpha (to the right: closer to the source)"
    assert display.ax_.get_ylabel() == "held-out score (minus mean squared error)"
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == FAMILIES + LEVELS


@pytest.mark.parametrize("band, column", [("paired", "behind_se"), ("own", "se"), (None, None)])
def test_bands_are_standard_errors(band, column):
    display = TransferPathDisplay.from_estimator(SEARCH, band=band)
    assert list(display.bands_) == ([] if band is None else FAMILIES)
    for family, area in display.bands_.items():
        rows = _rows(SEARCH, family)
        for k, params in enumerate(rows["params"]):
            corners = [point[1] for point in area.get_paths()[0].vertices if point[0] == params["alpha"]]
            score, error = rows["score"][k], rows[column][k]
            assert_allclose([min(corners), max(corners)], [score - error, score + error], rtol=1e-12)


def test_dots_are_weights():
    display = TransferPathDisplay.from_estimator(SEARCH)
    heaviest, total = SEARCH.weights_.max(), 0.0
    levels = [_rows(SEARCH, family)["weight"].sum() for family in LEVELS]
    largest = max(heaviest, *levels)
    for family, dots in display.dots_.items():
        weights = _rows(SEARCH, family)["weight"]
        weights = weights if family in FAMILIES else [weights.sum()]
        assert_allclose(dots.get_sizes() / 120.0, np.array(weights) / largest, atol=1e-12)
        total += np.sum(weights)
    assert_allclose(total, 1.0)


def test_one_choice_has_one_dot():
    search = TransferCV(TransferRidge(source=SOURCE), grid=[0.1, 1.0], candidates="transfer", rule="min").fit(X, y)
    display = TransferPathDisplay.from_estimator(search)
    ((family, dots),) = display.dots_.items()
    chosen = int(np.argmax(search.weights_))
    assert family == search.table_["family"][chosen]
    at = dots.get_offsets()[dots.get_sizes() > 0]
    assert_allclose(at, [[search.borrow_["alpha"], search.best_score_]])


def test_a_twin_is_searched_and_left_alone():
    twin = TransferRidge(source=SOURCE)
    groups, weight = np.arange(30) % 5, RNG.uniform(0.5, 2, 30)
    options = {"grid": [0.1, 1.0, 10.0], "cv": GroupKFold(3)}
    search = TransferCV(twin, **options).fit(X, y, sample_weight=weight, groups=groups)
    expected = TransferPathDisplay.from_estimator(search)
    found = TransferPathDisplay.from_estimator(twin, X, y, sample_weight=weight, groups=groups, **options)
    unfitted = TransferCV(twin, **options)
    again = TransferPathDisplay.from_estimator(unfitted, X, y, sample_weight=weight, groups=groups)
    assert not hasattr(twin, "coef_")
    assert not hasattr(unfitted, "table_")
    for display in (found, again):
        for family in FAMILIES:
            assert_array_equal(display.lines_[family].get_ydata(), expected.lines_[family].get_ydata())


def test_c_is_turned_round():
    source = LogisticRegression().fit(X, np.roll(LABELS, 1))
    display = TransferPathDisplay.from_estimator(TransferLogisticRegression(source=source), X, LABELS, grid=[0.1, 1.0])
    low, high = display.ax_.get_xlim()
    assert low > high
    assert display.parameter == "C"
    assert "log-loss" in display.score_name


def test_a_scorer_has_its_own_name():
    search = TransferCV(TransferRidge(source=SOURCE), grid=[1.0, 2.0], scoring="r2").fit(X, y)
    assert TransferPathDisplay.from_estimator(search).ax_.get_ylabel() == "held-out r2"


@pytest.mark.parametrize("inner", [TransferRidge(), DecisionTreeRegressor(max_depth=2, random_state=0)], ids=str)
def test_alphas_are_drawn_in_log_odds_at_the_best_strength(inner):
    model = AlphaWeightedRegressor(inner, SourceData(X + 0.1, X @ COEF))
    search = TransferCV(model, grid=[0.1, 0.3, 0.9]).fit(X, y)
    display = TransferPathDisplay.from_estimator(search)
    rows = _rows(search, "transfer")
    best = {}
    for params, score in zip(rows["params"], rows["score"], strict=True):
        best[params["alpha"]] = max(score, best.get(params["alpha"], -np.inf))
    assert_array_equal(display.lines_["transfer"].get_xdata(), list(best))
    assert_array_equal(display.lines_["transfer"].get_ydata(), list(best.values()))
    assert list(display.levels_) == ["target", "pooled", "source"]
    assert display.ax_.get_xscale() == "logit"


# Coefficients --------------------------------------------------------------------------------------------------


def test_coefficients_are_refits_in_units_of_standard_deviations():
    frame, weight = pd.DataFrame(X, columns=["u", "v", "w"]), RNG.uniform(0.5, 2, 30)
    source = Source(SOURCE.coef, feature_names=["u", "v", "w"])
    search = TransferCV(TransferRidge(source=source), grid=[0.1, 1.0, 10.0]).fit(frame, y, sample_weight=weight)
    display = TransferPathDisplay.from_estimator(search, frame, y, sample_weight=weight, kind="coefficients")
    best = max(FAMILIES, key=lambda family: max(_rows(search, family)["score"]))
    assert (display.coef_family, display.ax_.get_title(loc="left")) == (best, best)
    spread = np.sqrt(np.average((X - np.average(X, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
    for k, params in enumerate(_rows(search, best)["params"]):
        fitted = clone(search.estimator).set_params(**params).fit(frame, y, sample_weight=weight)
        drawn = [display.lines_[name].get_ydata()[k] for name in ("u", "v", "w")]
        assert_allclose(drawn, fitted.coef_ * spread, rtol=1e-9)
        assert display.coef_values[k] == params["alpha"]
    display.plot(kind="score")
    assert list(display.lines_) == FAMILIES


def test_coefficients_of_several_outputs_and_only_some_named():
    rows = RNG.normal(size=(40, 6))
    source = Ridge().fit(rows, rows[:, :2] @ [[1.0, 2.0], [3.0, -1.0]])
    twin = TransferRidge(source=source)
    Y = rows[:, :2] @ [[1.0, 2.0], [2.0, 1.0]] + RNG.normal(size=(40, 2))
    display = TransferPathDisplay.from_estimator(twin, rows, Y, grid=[0.1, 10.0], kind="coefficients")
    assert set(display.lines_) == {f"x{j} ({k})" for j in range(6) for k in range(2)}
    reach = {name: np.ptp(line.get_ydata()) for name, line in display.lines_.items()}
    named = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert named == sorted(reach, key=reach.get, reverse=True)[:8]


def test_data_without_coefficients_cannot_draw_them():
    display = TransferPathDisplay.from_estimator(SEARCH)
    with pytest.raises(ValueError, match="holds no coefficients"):
        display.plot(kind="coefficients")
    with pytest.raises(ValueError, match="needs X and y, the target's rows, to fit coefficients"):
        TransferPathDisplay.from_estimator(SEARCH, kind="coefficients")
    trees = TransferCV(AlphaWeightedRegressor(DecisionTreeRegressor(), SourceData(X, y)), grid=[0.3]).fit(X, y)
    with pytest.raises(TypeError, match="AlphaWeightedRegressor has no coefficients to draw"):
        TransferPathDisplay.from_estimator(trees, X, y, kind="coefficients")


# What is refused -----------------------------------------------------------------------------------------------


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(TypeError, match="TransferCV needs an estimator that can borrow"):
        TransferPathDisplay.from_estimator(PooledTransferRegressor(TransferRidge()), X, y)
    with pytest.raises(TypeError, match="draws strengths of a source's pull, and there are none"):
        TransferPathDisplay.from_estimator(TransferRidge(), X, y)
    with pytest.raises(ValueError, match="needs X and y, the target's rows, to hold some of them out"):
        TransferPathDisplay.from_estimator(TransferRidge(source=SOURCE), X)


@pytest.mark.parametrize("options", [{"grid": [1.0]}, {"cv": 3}, {"grid": np.array([1.0, 2.0])}], ids=str)
def test_a_search_keeps_its_own_grid_and_splits(options):
    with pytest.raises(ValueError, match="a TransferCV has a grid and cv of its own"):
        TransferPathDisplay.from_estimator(SEARCH, **options)


@pytest.mark.parametrize("options", [{"kind": "loss"}, {"band": "both"}], ids=str)
def test_other_words_are_refused(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got '{options[name]}'"):
        TransferPathDisplay.from_estimator(SEARCH, **options)


def test_styles_are_passed_on():
    display = TransferPathDisplay.from_estimator(SEARCH, line_kwargs={"linewidth": 4.0}, level_kwargs={"alpha": 0.5})
    assert {line.get_linewidth() for line in display.lines_.values()} == {4.0}
    assert {line.get_alpha() for line in display.levels_.values()} == {0.5}
