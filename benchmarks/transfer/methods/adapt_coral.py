"""adapt's CORAL: source rows with the target's covariance; the target's labels are not looked at."""

from benchmarks.transfer.methods._adapt import Mapped, plain, silent

KNOWS = ("model",)
NEEDS = "adapt"


def fit(knowledge, X, y):
    """The source's labels only."""
    with silent():
        from adapt.feature_based import CORAL

        model = CORAL(plain(knowledge), Xt=knowledge.scaler.transform(X), random_state=0, verbose=0)
        model.fit(knowledge.X, knowledge.y)
    return Mapped(lambda rows: model.transform(knowledge.scaler.transform(rows), domain="tgt"), model.estimator_)
