"""The source's linear predictor as an offset, a ridge on what is left, a free intercept; plain cross-validation.

The strength is by leave-one-out for squared loss, as RidgeCV finds it on y less the offset, else by five
folds. That fit is the twin's with ``source=`` a model: nothing but who chooses the strength is ours.
"""

from sklearn.base import clone
from sklearn.linear_model import RidgeCV

KNOWS = ("model",)


def fit(knowledge, X, y):
    """A ridge on theta - theta_source."""
    kind, rows = knowledge.kind, knowledge.scaler.transform(X)
    twin = clone(kind.twin).set_params(source=knowledge.model)
    if kind.squared:
        left = y - knowledge.model.predict(rows)
        return knowledge.scaled(twin.set_params(alpha=RidgeCV(kind.grid).fit(rows, left).alpha_).fit(rows, y))
    return knowledge.scaled(kind.searched(twin, rows, y))
