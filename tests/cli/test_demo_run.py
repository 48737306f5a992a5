"""The demo with the real `make_transfer`: few splits, everything told."""

import numpy as np
import pytest

pytest.importorskip("sktransfer._registry")

from sktransfer.cli import _demo_run, main


@pytest.fixture(scope="module")
def result():
    return _demo_run.run_demo(n_splits=4, rows=30, curve=())


def test_every_fit_is_described(result):
    for fit in result.fits:
        assert isinstance(fit.choice, str)
        np.testing.assert_allclose(sum(fit.shares.values()), 1.0)
        assert np.isnan(fit.worth) or fit.worth >= 0
        assert fit.delta is None or (fit.delta.shape == (19,) and np.isfinite(fit.delta).all())


def test_scores_are_finite_and_better_than_a_coin(result):
    transfer = result.scores[30][:, -1]
    assert np.isfinite(transfer).all()
    assert transfer[:, 0].mean() < np.log(2)
    assert transfer[:, 2].mean() > 0.5


def test_the_source_model_is_not_changed():
    setting = _demo_run.load_setting()
    before = setting.source_model[-1].coef_.copy()
    _demo_run.fit_split(setting, 30, 0)
    np.testing.assert_array_equal(setting.source_model[-1].coef_, before)


def test_the_command_says_the_same_thing_twice(capsys):
    shown = []
    for _ in range(2):
        assert main(["demo", "--splits", "2", "--no-picture", "--quiet"]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "Each model is a mixture, on average of:" in shown[0]
