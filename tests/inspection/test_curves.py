"""A table of candidates as curves and levels."""

import numpy as np
from numpy.testing import assert_array_equal

from sktransfer._base._findings import Axis
from sktransfer.inspection._curves import curves_and_levels


def _table(*rows):
    names = ("candidate", "family", "params", "score", "se", "behind_se")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


TABLE = _table(
    ("target", "target", {"alpha": 1.0}, -3.0, 0.3, 0.1),
    ("target", "target", {"alpha": 9.0}, -2.0, 0.2, 0.4),
    ("source", "source", {"alpha": np.inf}, -4.0, 0.5, 0.6),
    ("transfer", "free", {"alpha": 10.0}, -1.0, 0.7, 0.0),
    ("transfer", "free", {"alpha": 1.0}, -6.0, 0.8, 0.9),
    ("transfer", "free", {"alpha": 1.0}, -5.0, 1.1, 1.2),
    ("transfer", "free", {"alpha": np.inf}, -7.0, 1.3, 1.4),
    ("transfer", "free", {"alpha": 0.0}, np.nan, 1.3, 1.4),
)
WEIGHTS = np.array([0.1, 0.2, 0.0, 0.3, 0.05, 0.15, 0.2, 0.0])


def test_curves_ascend_and_are_the_best_at_each_strength():
    curves, _ = curves_and_levels(TABLE, WEIGHTS, Axis("alpha", rising=True))
    assert list(curves) == ["free"]
    curve = curves["free"]
    assert_array_equal(curve.values, [1.0, 10.0])
    assert_array_equal(curve.scores, [-5.0, -1.0])
    assert_array_equal(curve.errors, [1.1, 0.7])
    assert_array_equal(curve.behind_errors, [1.2, 0.0])
    assert_array_equal(curve.weights, [0.2, 0.3])
    assert_array_equal(curve.places, [5, 3])


def test_levels_are_the_best_of_a_family_and_what_no_logarithm_can_show():
    _, levels = curves_and_levels(TABLE, WEIGHTS, Axis("alpha", rising=True))
    assert levels["source"] == (-4.0, 0.5, 0.6, 0.0)
    assert levels["free, at its ends"] == (-7.0, 1.3, 1.4, 0.2)
    score, error, behind_error, weight = levels["target"]
    assert (score, error, behind_error) == (-2.0, 0.2, 0.4)
    np.testing.assert_allclose(weight, 0.3)
    assert len(levels) == 3


def test_log_odds_show_what_lies_between_zero_and_one():
    curves, levels = curves_and_levels(TABLE, WEIGHTS, Axis("alpha", rising=True, scale="logit"))
    assert curves == {}
    assert levels["free"].score == -1.0
