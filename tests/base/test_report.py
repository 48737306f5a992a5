"""Summaries: every number in the text is an attribute's, and every sentence stands where it is true."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source, SourceData
from sktransfer._base._findings import Findings, Gain, Moves
from sktransfer._base._report import count, sentences, with_error
from sktransfer.joint import AlphaWeightedRegressor, FeatureAugmentation
from sktransfer.linear_model import (
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)
from sktransfer.model_selection import TransferCV
from sktransfer.multisource import PooledTransferRegressor
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

RNG = np.random.default_rng(4)
X = RNG.normal(size=(40, 3)) * [1.0, 10.0, 0.1]
COEF = np.array([1.0, -0.2, 5.0])
y = X @ COEF + RNG.normal(size=40)
LABELS = np.array(["no", "yes"])[(y > 0).astype(int)]
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"


def _line(text, word):
    (found,) = [line for line in text.splitlines() if word in line]
    return found


def _numbers(line):
    return [float(each) for each in re.findall(NUMBER, line)]


def _close(found, value, digits):
    """Whether a number in a text is a value rounded to these decimals."""
    assert_allclose(found, value, rtol=0, atol=0.5001 * 10.0**-digits)


# Twins ---------------------------------------------------------------------------------------------------------


def test_a_twin_says_what_the_source_is_worth_and_what_moved():
    twin = TransferRidge(alpha=3.0, source=Source(COEF + np.array([0.5, 0.01, -3.0]))).fit(X, y)
    text = twin.summary(X)
    assert text.splitlines()[0] == "Whether the source helps was not measured: TransferCV does that."
    worth, rows = _numbers(_line(text, "worth about"))
    _close(worth, twin.effective_sample_size_, 1)
    assert rows == 40
    spread = X.std(axis=0)
    order = np.argsort(-np.abs(twin.delta_) * spread)
    moved = re.findall(rf"x(\d) ({NUMBER}) \(({NUMBER}) to ({NUMBER})\)", _line(text, "Moved most"))
    assert [int(feature) for feature, *_ in moved] == list(order)
    for feature, *said in moved:
        j = int(feature)
        for number, value in zip(said, (twin.delta_[j], twin.source_coef_[j], twin.coef_[j]), strict=True):
            _close(float(number), value * spread[j], 2)
    assert "per standard deviation" in text


def test_without_rows_coefficients_are_compared_as_they_are():
    twin = TransferRidge(alpha=3.0, source=Source(COEF + np.array([0.5, 0.01, -3.0]))).fit(X, y)
    line = _line(twin.summary(), "Moved most")
    assert "per standard deviation" not in line
    assert line.index("x2") < line.index("x0") < line.index("x1")
    standardised = TransferRidge(alpha=3.0, source=Source(COEF + 0.5), metric="scale").fit(X, y)
    assert standardised.summary() == standardised.summary(X)


LAYOUTS = {"sparse": sparse.csr_array, "frame": pd.DataFrame, "list": lambda rows: rows.tolist()}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_rows_may_be_of_any_kind(layout):
    twin = TransferRidge(source=Source(COEF + 0.1)).fit(X, y)
    named = TransferRidge(source=Source(COEF + 0.1)).fit(layout(X), y)
    assert named.summary(layout(X)) == twin.summary(X)


def test_no_more_than_five_are_named():
    rows = RNG.normal(size=(30, 9))
    twin = TransferRidge(source=Source(np.zeros(9))).fit(rows, rows.sum(axis=1))
    line = _line(twin.summary(rows), "Moved most")
    assert line.count(" to ") == 5
    assert line.endswith("; 4 more moved less.")


def test_what_stays_exactly_the_source_is_counted():
    twin = TransferLasso(alpha=0.1, source=Source(COEF + np.array([0.0, 0.0, 3.0]))).fit(X, y)
    same = int(np.sum(twin.delta_ == 0))
    text = twin.summary(X)
    assert 0 < same < 3
    assert f"{same} of 3 coefficients are exactly the source's." in text
    assert "worth" not in text  # absolute values count no rows


def test_a_copy_says_so():
    text = TransferRidge(alpha=np.inf, source=Source(COEF)).fit(X, y).summary()
    assert "The source is copied: no number of target rows would move its slopes." in text
    assert "No coefficient differs from the source's." in text


def test_a_strength_of_zero_uses_no_source():
    text = TransferRidge(alpha=0.0, source=Source(COEF)).fit(X, y).summary()
    assert "The source is worth no target row: it is not used." in text


def test_without_a_source():
    alone = ["There is no source: the model was fitted on the target's rows alone."]
    for model in (TransferRidge(), TransferCV(TransferRidge()), FeatureAugmentation(Ridge())):
        assert model.fit(X, y).summary(X).splitlines() == alone


def test_alignment_is_told_in_words():
    source = LogisticRegression().fit(
        pd.DataFrame(RNG.normal(size=(90, 3)), columns=["u", "v", "gone"]), np.tile(["no", "yes", "perhaps"], 30)
    )
    frame = pd.DataFrame(X, columns=["u", "v", "new"])
    text = TransferLogisticRegression(source=source, classes="target").fit(frame, LABELS).summary()
    assert "The source lacks these features, which started from zero: new." in text
    assert "Features of the source that are not here were dropped: gone." in text
    assert "Classes of the source that are not here were dropped: perhaps." in text


def test_a_source_on_another_scale():
    source = Source(COEF[None], classes=["no", "yes"], link="margin")
    twin = TransferLogisticRegression(source=source).fit(X, LABELS)
    said = _line(twin.summary(), "another scale")
    assert f"taken {twin.source_.alignment.scale:.3g} times" in said


def test_classes_have_their_names():
    labels = np.array(["a", "b", "c"])[np.digitize(y, [-1, 1])]
    twin = TransferLogisticRegression(source=LogisticRegression().fit(X, np.roll(labels, 2))).fit(X, labels)
    k, j = np.unravel_index(np.argmax(np.abs(twin.delta_) * X.std(axis=0)), (3, 3))
    assert f"x{j} ({'abc'[k]}) {twin.delta_[k, j] * X[:, j].std():+.2f}" in twin.summary(X)


def test_factors_of_several_sources():
    sources = [Source(COEF, name="north"), Source(COEF[::-1])]
    twin = TransferRidge(source=sources).fit(X, y)
    one, other = twin.source_weights_
    assert f"Fitted factors of the sources: north {one:.2f}, source 1 {other:.2f}." in twin.summary()


# Searches ------------------------------------------------------------------------------------------------------


def test_a_search_says_how_much_better_and_how_sure():
    noisy = y + 10 * np.random.default_rng(9).normal(size=40)
    search = TransferCV(TransferRidge(source=Source(COEF)), grid=[0.1, 1.0, 10.0]).fit(X[:8], noisy[:8])
    text = search.summary()
    said = _line(text, "Leaning on the source")
    assert "lowers the held-out mean squared error by" in said
    gain, error, with_source, without = _numbers(said)
    digits = 1 - int(np.floor(np.log10(search.gain_se_)))
    _close(gain, search.gain_, digits)
    _close(error, search.gain_se_, digits)
    target = [
        score
        for name, score in zip(search.table_["candidate"], search.table_["score"], strict=True)
        if name == "target"
    ]
    assert_allclose([with_source, without], [-search.best_score_, -max(target)], rtol=5e-3)
    assert ("do not show" in text) == (search.gain_ < 2 * search.gain_se_)


def test_the_mixture_in_per_cent():
    search = TransferCV(TransferRidge(source=Source(COEF)), grid=[0.1, 1.0, 10.0]).fit(X, y)
    shares = {}
    for family, weight in zip(search.table_["family"], search.weights_, strict=True):
        shares[family] = shares.get(family, 0.0) + 100 * weight
    said = re.findall(r"(?:: |, )([a-z][^,]*?) (\d+) %", _line(search.summary(), "mixture"))
    assert {name for name, _ in said} == {name for name, share in shares.items() if share > 0}
    for name, share in said:
        _close(float(share), shares[name], 0)
    numbers = [float(share) for _, share in said]
    assert numbers == sorted(numbers, reverse=True)


def test_what_a_mixture_is_worth_and_what_moved():
    search = TransferCV(TransferRidge(source=Source(COEF + 0.1)), grid=[0.1, 1.0, 10.0]).fit(X, y)
    worth, rows = _numbers(_line(search.summary(), "worth about"))
    _close(worth, search.effective_sample_size_, 0)
    assert rows == 40
    assert "per standard deviation" in search.summary()
    coef = search.mixture_.coef_ * X.std(axis=0)  # of squared loss, the mean of the members
    for j, after in re.findall(rf"x(\d) {NUMBER} \({NUMBER} to ({NUMBER})\)", search.summary()):
        _close(float(after), coef[int(j)], 2)


def test_one_choice():
    search = TransferCV(TransferRidge(source=Source(COEF)), candidates=["target", "source"], rule="min").fit(X, y)
    assert f"Chosen: {search.choice_}." in search.summary()


@pytest.mark.parametrize("rule", ["min", "stack"])
@pytest.mark.parametrize("kind", [TransferRidge, TransferLasso])
def test_a_hostile_source_is_let_go_in_words(kind, rule):
    search = TransferCV(kind(source=Source(-9 * COEF)), candidates=["target", "source"], rule=rule).fit(X, y)
    assert search.weights_[np.array(search.table_["candidate"]) == "source"] == 0
    text = search.summary()
    loss = f"(mean squared error {-search.best_score_:.3g})"
    assert text.startswith(f"The source is let go: ways to lean on it predict worse {loss}.")
    assert "worth" not in text


def test_a_source_that_hurts():
    gain = Gain(-0.5, 0.1, "log-loss", 1.5, 1.0, lower=True)
    said = sentences(Findings(has_source=True, gain=gain))
    assert said[0] == "Leaning on the source raises the held-out log-loss by 0.50 +- 0.10: 1.5 with it, 1 without."
    assert said[1] == "The data show that the source hurts."


@pytest.mark.parametrize(
    "value, doubt", [(0.2, False), (0.19, True), (-0.19, True), (1e-9, True)], ids=["two", "less", "behind", "none"]
)
def test_within_two_standard_errors_nothing_is_shown(value, doubt):
    said = sentences(Findings(has_source=True, gain=Gain(value, 0.1, "accuracy", 0.8, 0.8 - value, lower=False)))
    assert ("The data do not show that the source helps: this is within two standard errors." in said) is doubt
    assert ("raises" if value > 0 else "lowers") in said[0]


def test_evidence_has_no_standard_error():
    search = TransferCV(TransferRidge(source=Source(COEF + 0.1)), scoring="evidence").fit(X, y)
    said = (
        f"Leaning on the source {'raises' if search.gain_ > 0 else 'lowers'} the evidence by {abs(search.gain_):.3g}: "
    )
    assert search.summary().startswith(said)
    assert "nan" not in search.summary()


def test_nothing_to_compare_with():
    search = TransferCV(TransferRidge(source=Source(COEF)), candidates=["source", "transfer"]).fit(X, y)
    assert search.summary().startswith("No model without the source was tried")


def test_scorers_are_called_by_name():
    search = TransferCV(TransferRidge(source=Source(COEF)), scoring="r2", cv=3, grid=[1.0], rule="stack").fit(X, y)
    said = _line(search.summary(), "Leaning")
    assert re.search(r"(raises|lowers) the held-out r2 by", said)
    assert_allclose(_numbers(said.replace("r2", ""))[2], search.best_score_, rtol=5e-3)


COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0]))


@pytest.mark.parametrize(
    "twin, target, loss",
    [
        (TransferLogisticRegression(source=Source(COEF, classes=["no", "yes"])), LABELS, "log-loss"),
        (TransferPoissonRegressor(source=Source(COEF / 9, link="log")), COUNTS, "half Poisson deviance"),
        (TransferGammaRegressor(source=Source(COEF / 9, link="log")), COUNTS + 0.5, "half gamma deviance"),
        (TransferTweedieRegressor(power=1.5, source=Source(COEF / 9, link="log")), COUNTS, "half Tweedie deviance"),
        (TransferRidgeClassifier(source=Source(COEF, classes=["no", "yes"], link="sign")), LABELS, "error of signs"),
        (TransferLinearSVC(source=Source(COEF, classes=["no", "yes"], link="margin")), LABELS, "squared hinge loss"),
        (TransferLinearSVR(source=Source(COEF)), y, "epsilon-insensitive loss"),
    ],
    ids=lambda each: type(each).__name__ if hasattr(each, "fit") else "",
)
def test_losses_have_their_own_names(twin, target, loss):
    search = TransferCV(twin, grid=[1.0], cv=3).fit(X, target)
    said = search.summary().splitlines()[0]
    assert f"{loss} by" in said or f"({loss} " in said
    assert_allclose(-search._findings().gain.with_source, search.best_score_, rtol=1e-12)


# Other estimators ----------------------------------------------------------------------------------------------


def test_alpha_weighted():
    rows = SourceData(RNG.normal(size=(90, 3)), RNG.normal(size=90))
    model = AlphaWeightedRegressor(Ridge(), [rows, (rows, 0.5)], alpha=0.1).fit(X, y)
    assert_allclose(model.effective_sample_size_, (90 + 45) * 0.1 / 0.9, rtol=1e-14)
    assert "The source is worth about 15 target rows." in model.summary()
    assert "copied" in AlphaWeightedRegressor(Ridge(), rows, alpha=1.0).fit(X, y).summary()
    assert AlphaWeightedRegressor(Ridge(), rows, alpha=0.0).fit(X, y).effective_sample_size_ == 0
    assert AlphaWeightedRegressor(Ridge()).fit(X, y).effective_sample_size_ == 0


def test_feature_augmentation():
    model = FeatureAugmentation(Ridge(), SourceData(X, -y)).fit(X, y)
    change = (model.coef_ - model.shared_coef_) * X.std(axis=0)
    j = int(np.argmax(np.abs(change)))
    assert _line(model.summary(X), "Moved most").startswith(
        f"Moved most from the shared ones, per standard deviation: x{j} {change[j]:+.2f}"
    )


def test_pooled_sources():
    rows = [SourceData(X, X @ COEF, name="alike"), SourceData(X, -y, name="flipped")]
    model = PooledTransferRegressor(TransferRidge(), rows).fit(X[:15], y[:15])
    text = model.summary()
    first, _ = (int(place) for place in np.argsort(model.evidence_["rank"]))
    name, change, error = (model.evidence_[column][first] for column in ("source", "change", "se"))
    assert f"with one source more than none: {name} {with_error(change, error)}" in text.replace("+0", "0")
    assert f"Found to help, of 2 sources: {', '.join(model.detected_) or 'none'}." in text
    assert "not measured" not in text


# Small print ---------------------------------------------------------------------------------------------------


def test_before_the_fit_and_on_other_rows():
    with pytest.raises(NotFittedError):
        TransferRidge().summary()
    with pytest.raises(NotFittedError):
        TransferCV(TransferRidge()).summary()
    twin = TransferRidge(source=Source(COEF)).fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features, but TransferRidge is expecting 3"):
        twin.summary(X[:, :2])


def test_moves_that_tie_stay_in_order():
    moves = Moves(np.zeros((1, 3)), np.array([[1.0, -1.0, 1.0]]), ("a", "b", "c"), ("",))
    assert [feature for _, feature in moves.largest()] == [0, 1, 2]


@pytest.mark.parametrize(
    "rows, said", [(0.04, "0.04"), (9.96, "10"), (99.5, "100"), (999.4, "999"), (1049.0, "1050"), (123456.0, "123000")]
)
def test_rows_are_counted_as_one_says_them(rows, said):
    assert count(rows) == said
