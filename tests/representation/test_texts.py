"""Texts as rows: a list of them, or a table of one column, for functions and vectorizers."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import make_transfer
from sktransfer.representation import FrozenFeatures

TEXTS = ["good", "not so bad", "bad", "so so", "a good one, a very good one", "1.5"]
Y = np.array([2.0, 0.5, -2.0, 0.0, 3.0, 0.0])
FORMS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "series": pd.Series,
    "column": lambda texts: np.array(texts)[:, None],
    "frame": lambda texts: pd.DataFrame({"text": texts}),
    "string frame": lambda texts: pd.DataFrame({"text": texts}, dtype="string"),
}


def lengths(texts):
    """Letters and words, of a list only."""
    assert type(texts) is list
    assert all(type(text) is str for text in texts)
    return [[len(text), len(text.split())] for text in texts]


@pytest.mark.parametrize("batch_size", ["auto", 1, 4])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_function_gets_a_list_of_texts_in_whatever_form(form, batch_size):
    features = FrozenFeatures(lengths, batch_size=batch_size).fit(form(TEXTS))
    assert features.n_features_in_ == 1
    assert_array_equal(features.transform(form(TEXTS)), lengths(TEXTS))
    assert features.get_feature_names_out().tolist() == ["lengths_0", "lengths_1"]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), CountVectorizer(ngram_range=(1, 2))])
def test_vectorizers_and_pipelines_that_begin_with_one(vectorizer, form):
    vectorizer.fit(TEXTS)
    kept = FrozenFeatures(vectorizer).fit(form(TEXTS)).transform(form(TEXTS))
    assert_array_equal(kept.toarray(), vectorizer.transform(TEXTS).toarray())
    source = make_pipeline(TfidfVectorizer(), Ridge()).fit(TEXTS, Y)
    scores = FrozenFeatures(source, batch_size=4).fit_transform(form(TEXTS))
    assert_array_equal(scores[:, 0], source.predict(TEXTS))


class Doubling:
    """A transformer that knows nothing of scikit-learn."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return 2 * X


@pytest.mark.parametrize("first", ["passthrough", Doubling(), FrozenEstimator(StandardScaler().fit([[0.0], [1.0]]))])
def test_pipelines_that_begin_otherwise_take_tables(first):
    X = np.arange(4.0)[:, None]
    source = make_pipeline(first, StandardScaler(), Ridge()).fit(X, X[:, 0])
    assert_array_equal(FrozenFeatures(source).fit_transform(X)[:, 0], source.predict(X))


def test_a_vectorizer_behind_nothing_is_the_first_step():
    source = Pipeline([("nothing", "passthrough"), ("words", TfidfVectorizer()), ("ridge", Ridge())]).fit(TEXTS, Y)
    assert_array_equal(FrozenFeatures(source).fit_transform(TEXTS)[:, 0], source.predict(TEXTS))


def test_models_of_texts_stand_side_by_side():
    source = make_pipeline(TfidfVectorizer(), Ridge()).fit(TEXTS, Y)
    both = FrozenFeatures([lengths, source]).fit_transform(TEXTS)
    assert_allclose(both, np.column_stack([lengths(TEXTS), source.predict(TEXTS)]))


def test_a_pipeline_of_texts_transfers():
    source = make_pipeline(FrozenFeatures(lengths), Ridge()).fit(TEXTS, Y)
    target = make_transfer(source).fit(TEXTS[:4], Y[:4] + 1)
    behind = make_transfer(Ridge().fit(lengths(TEXTS), Y)).fit(lengths(TEXTS[:4]), Y[:4] + 1)
    assert_allclose(target.predict(TEXTS), behind.predict(lengths(TEXTS)))


def test_texts_are_cached_by_their_content(tmp_path):
    vectorizer = TfidfVectorizer().fit(TEXTS)
    features = FrozenFeatures(vectorizer, memory=tmp_path).fit(TEXTS)
    first = features.transform(TEXTS)
    known = list(tmp_path.rglob("output.pkl"))
    assert_array_equal(features.transform(FORMS["column"](TEXTS)).toarray(), first.toarray())
    assert list(tmp_path.rglob("output.pkl")) == known
    assert_array_equal(features.transform(TEXTS[:3]).toarray(), first[:3].toarray())
    assert len(list(tmp_path.rglob("output.pkl"))) == len(known) + 1


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match=r"function does not take a list of texts: TypeError: .* It must take one"):
        FrozenFeatures(lambda rows: rows**2).fit(TEXTS)
    with pytest.raises(ValueError, match=r"TfidfVectorizer in FrozenFeatures reads texts.* got 2 column\(s\)"):
        FrozenFeatures(TfidfVectorizer().fit(TEXTS)).fit([["a", "b"], ["c", "d"]])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        FrozenFeatures(lengths).fit([*TEXTS, 1.0])
    with pytest.raises(ValueError, match="could not convert string to float"):
        FrozenFeatures(lengths, input_shape=(1,)).fit(TEXTS)
    with pytest.raises(ValueError, match="X has 2 features, but FrozenFeatures is expecting 1 features"):
        FrozenFeatures(lengths).fit(TEXTS).transform(np.ones((3, 2)))
    with pytest.raises(ValueError, match="could not convert string to float: 'good'"):
        FrozenFeatures(lengths, passthrough=True).fit(TEXTS).transform(TEXTS)
