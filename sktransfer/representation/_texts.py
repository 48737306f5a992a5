"""Texts as rows: a table of one column of strings, whoever holds them."""

import numpy as np
from scipy import sparse
from sklearn.utils import get_tags

from sktransfer.sources._fold import is_a, is_passthrough


def as_column(X):
    """A list, array or Series of strings as a table of one column; anything else as it is."""
    if hasattr(X, "columns") or not (isinstance(X, (list, tuple)) or getattr(X, "ndim", 0) == 1):
        return X
    texts = list(X)
    if not texts or not all(isinstance(text, str) for text in texts):
        return X
    return np.array(texts, dtype=object).reshape(-1, 1)


def is_text(X):
    """Whether a table is one column, all of strings."""
    if sparse.issparse(X) or X.shape[1] != 1 or X.shape[0] == 0:
        return False
    return all(isinstance(text, str) for text in np.asarray(X).ravel())


def as_list(X):
    """The strings of a table of one column."""
    return [str(text) for text in np.asarray(X).ravel()]


def reads_texts(model):
    """Whether a scikit-learn estimator is a vectorizer, or a Pipeline that begins with one."""
    if is_a(model, "Pipeline"):
        steps = [step for _, step in model.steps if not is_passthrough(step)]
        return bool(steps) and reads_texts(steps[0])
    if not hasattr(model, "__sklearn_tags__"):
        return False
    tags = get_tags(model).input_tags
    return tags.string and not tags.two_d_array
