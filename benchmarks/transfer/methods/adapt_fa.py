"""adapt's FA (Daume's feature augmentation), all sources as one."""

from benchmarks.transfer.methods._adapt import Mapped, plain, silent

KNOWS = ("model",)
NEEDS = "adapt"


def fit(knowledge, X, y):
    """Both sides' rows, labelled."""
    with silent():
        from adapt.feature_based import FA

        model = FA(plain(knowledge), Xt=knowledge.scaler.transform(X), yt=y, random_state=0, verbose=0)
        model.fit(knowledge.X, knowledge.y)
    return Mapped(lambda rows: model.transform(knowledge.scaler.transform(rows), domain="tgt"), model.estimator_)
