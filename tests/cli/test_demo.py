"""`sktransfer demo` with a stand-in for the transfer: what is computed, printed, drawn and refused."""

import dataclasses
import io
import re
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer._utils import _progress
from sktransfer.cli import _demo_methods, _demo_report, _demo_run, main

pytestmark = pytest.mark.usefixtures("stub_transfer")


@pytest.fixture
def result():
    return _demo_run.run_demo(n_splits=6, rows=30, curve=(20,))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fit(choice, worth, delta=None):
    return _demo_run.TransferFit(choice=choice, shares={choice: 0.75, "other": 0.25}, worth=worth, delta=delta)


# the computation


def test_setting_is_three_hospitals_to_one():
    setting = _demo_run.load_setting()
    assert setting.X_source.shape == (627, 19)
    assert setting.X_target.shape == (293, 19)
    assert setting.y_target.sum() == 106
    assert setting.source_strength == setting.source_model[-1].C


@pytest.mark.parametrize("size", [4, 30, 280])
def test_a_split_parts_the_rows_and_shows_each_class_twice(size):
    y = _demo_run.load_setting().y_target
    for seed in range(20):
        train, test = _demo_run.draw_split(y, size, seed)
        assert len(train) == size
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(y)))
        assert min(np.bincount(y[train], minlength=2)) >= 2
        assert min(np.bincount(y[test], minlength=2)) >= 2


def test_strength_is_the_one_a_grid_search_finds():
    setting = _demo_run.load_setting()
    X, y = setting.X_target[::5], setting.y_target[::5]
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        {"logisticregression__C": _demo_methods.STRENGTHS},
        scoring=lambda model, X, y: -log_loss(y, model.predict_proba(X), normalize=False),
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
    ).fit(X, y)
    assert _demo_methods.choose_strength(X, y) == search.best_params_["logisticregression__C"]


def test_strength_with_two_rows_of_a_class():
    X, y = np.arange(10.0)[:, None], np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    assert _demo_methods.choose_strength(X, y) in _demo_methods.STRENGTHS


def test_scores_are_those_of_the_models_refitted_by_hand(result):
    setting = _demo_run.load_setting()
    train, test = _demo_run.draw_split(setting.y_target, 30, seed=30_002)
    X, y = setting.X_target[train], setting.y_target[train]
    for k, method in enumerate(_demo_methods.METHODS.values()):
        model = method(setting, X, y)
        loss = log_loss(setting.y_target[test], model.predict_proba(setting.X_target[test]))
        accuracy = np.mean(model.predict(setting.X_target[test]) == setting.y_target[test])
        assert result.scores[30][2, k, :2].tolist() == [loss, accuracy]


def test_result_is_complete_and_the_same_every_time(result):
    again = _demo_run.run_demo(n_splits=6, rows=30, curve=(20,), progress=iter)
    assert list(result.scores) == [20, 30]
    assert len(result.fits) == 6
    for size, scores in result.scores.items():
        assert scores.shape == (6, 4, 3)
        np.testing.assert_array_equal(scores, again.scores[size])


def test_the_curve_takes_no_more_splits_than_asked_for():
    result = _demo_run.run_demo(n_splits=3, rows=30, curve=(20, 30, 50), curve_splits=2)
    assert {size: len(scores) for size, scores in result.scores.items()} == {20: 2, 30: 3, 50: 2}


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    _demo_run.run_demo(n_splits=2, curve=())
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# the table and the words


def test_table_shows_means_errors_and_the_paired_difference(result):
    lines = _demo_report.format_table(result).splitlines()
    scores = result.scores[30]
    for k, name in enumerate(_demo_methods.METHODS):
        (line,) = (line for line in lines if line.startswith(name))
        shown = [float(number) for number in re.findall(r"[-+]?\d+\.\d+", line)]
        gap = scores[:, 3, 0] - scores[:, k, 0]
        columns = [*scores[:, k].T, *([gap] if name != "transfer" else [])]
        expected = [f(c) for c in columns for f in (np.mean, lambda c: c.std(ddof=1) / np.sqrt(len(c)))]
        np.testing.assert_allclose(shown, expected, atol=5.0001e-4)


def test_words_tell_worth_choices_and_what_moved(result):
    one, two = np.zeros(19), np.zeros(19)
    one[3], two[3], two[7] = 2.0, 4.0, -1.5
    fits = [
        fit("transfer", 40.0, one),
        fit("transfer", 60.0, two),
        fit("source", np.inf, 0 * one),
        fit("target", 0.0, 9 * one),
    ]
    told = dataclasses.replace(result, fits=fits, feature_scale=np.full(19, 0.5))
    words = _demo_report.format_words(told)
    assert "worth 50 patients of Hungary (median of 2 splits)" in words
    assert "copied whole in 1 of 4 splits. The source was ignored in 1 of 4 splits." in words
    assert "Each model is a mixture, on average of: transfer 38 %, other 25 %, source 19 %, target 19 %." in words
    moved = words.splitlines()[-5:]
    assert moved[0].split() == [result.feature_names[3], "+1.000"]
    assert moved[1].split() == [result.feature_names[7], "-0.250"]


def test_words_when_the_source_was_always_ignored(result):
    words = _demo_report.format_words(dataclasses.replace(result, fits=[fit("target", np.nan)] * 6))
    assert "The source was ignored in 6 of 6 splits." in words
    assert "No split started from the source's coefficients." in words


def test_words_when_the_worth_is_not_known(result):
    words = _demo_report.format_words(dataclasses.replace(result, fits=[fit("pooled", np.nan)] * 6))
    assert "No split says how many patients the source was worth." in words


# the command


def test_demo_prints_and_draws(here, capsys):
    pytest.importorskip("matplotlib")
    assert main(["demo", "--quiet", "--splits", "2"]) == 0
    shown = capsys.readouterr()
    assert (here / "sktransfer-demo.png").read_bytes().startswith(b"\x89PNG")
    assert shown.out.endswith("Learning curve written to sktransfer-demo.png\n")
    assert shown.err == ""


def test_demo_without_a_picture_needs_no_matplotlib(here, capsys, block_import):
    block_import("matplotlib")
    assert main(["demo", "--splits", "2", "--rows", "50", "--no-picture"]) == 0
    assert list(here.iterdir()) == []
    assert "50 patients to learn from, the other 243" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--splits", "1"], ["--rows", "9"], ["--rows", "241"], ["--rows", "x"]])
def test_options_out_of_range_exit_with_two(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["demo", *options])
    assert stop.value.code == 2
    assert f"must be a whole number from {1 + (options[0] == '--splits')}" in capsys.readouterr().err


# the progress bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_shows_on_a_terminal_only(monkeypatch, block_import):
    pytest.importorskip("tqdm")
    steps = [1, 2, 3]
    assert _progress.progress(steps, description="splits", quiet=False) is steps
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert _progress.progress(steps, description="splits", quiet=True) is steps
    assert list(_progress.progress(steps, description="splits", quiet=False)) == steps
    assert "splits" in sys.stderr.getvalue()
    block_import("tqdm")
    assert _progress.progress(steps, description="splits", quiet=False) is steps
