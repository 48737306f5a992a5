"""Names given to a source in place of the estimator's own."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sktransfer.linear_model import TransferRidge
from sktransfer.sources import Source

X = np.random.default_rng(0).normal(size=(30, 2))
y = X @ [1.0, -1.0]


def test_given_names_go_before_the_estimators_own():
    frame = pd.DataFrame(X, columns=["a", "b"])
    for est in (Ridge().fit(X, y), Ridge().fit(frame, y), make_pipeline(StandardScaler(), Ridge()).fit(frame, y)):
        source, plain = Source.from_estimator(est, X, feature_names=["c", "d"]), Source.from_estimator(est, X)
        assert source.feature_names == ("c", "d")
        np.testing.assert_array_equal(source.precision, plain.precision)
        assert source == Source.from_estimator(est, X, feature_names=np.array(["c", "d"], dtype=object))
    assert Source.from_estimator(TransferRidge().fit(X, y), feature_names=["c", "d"]).feature_names == ("c", "d")


def test_the_last_step_of_an_encoding_pipeline():
    towns = pd.DataFrame({"town": ["a", "b", "c"] * 10})
    pipeline = make_pipeline(OneHotEncoder(), Ridge()).fit(towns, y)
    source = Source.from_estimator(pipeline[-1], feature_names=pipeline[:-1].get_feature_names_out())
    assert source.feature_names == ("town_a", "town_b", "town_c")


@pytest.mark.parametrize(
    ("names", "message"),
    [(["c"], "one name per feature: 2 features, 1 names"), (["c", "c"], "unique"), ("cd", "sequence")],
)
def test_bad_names(names, message):
    with pytest.raises(ValueError, match=message):
        Source.from_estimator(Ridge().fit(X, y), feature_names=names)
