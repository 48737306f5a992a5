"""adapt's TrAdaBoost (two classes) and TrAdaBoostR2, ten rounds, its default.

Its ``predict`` votes; probabilities, which it has not, are the mean of those that vote, with the same weights.
"""

import numpy as np

from benchmarks.transfer.methods._adapt import Mapped, plain, silent

KNOWS = ("model",)
KINDS = ("regression", "binary", "counts")
NEEDS = "adapt"


class Vote:
    """The later half of the rounds, weighed as ``predict`` weighs them."""

    def __init__(self, model):
        self.model, self.predict = model, model.predict
        later = len(model.estimators_) // 2
        self.voters, self.weights = model.estimators_[later:], np.asarray(model.estimator_weights_[later:], dtype=float)

    @property
    def classes_(self):
        """Of the estimators."""
        return self.voters[0].classes_

    def predict_proba(self, X):
        """The mean."""
        weights = self.weights if self.weights.sum() > 0 else np.ones(len(self.weights))
        return np.average([voter.predict_proba(X) for voter in self.voters], axis=0, weights=weights)


def fit(knowledge, X, y):
    """Both sides' rows, weighed in rounds."""
    with silent():
        from adapt.instance_based import TrAdaBoost, TrAdaBoostR2

        kind = TrAdaBoost if knowledge.kind.classifies else TrAdaBoostR2
        model = kind(plain(knowledge), Xt=knowledge.scaler.transform(X), yt=y, random_state=0, verbose=0)
        model.fit(knowledge.X, knowledge.y)
    return Mapped(knowledge.scaler.transform, Vote(model))
