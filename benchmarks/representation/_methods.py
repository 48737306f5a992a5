"""Three alignments, each by us and by the peers: a function (X_source, X) -> the aligned rows, without labels.

CORAL of the peers maps the source to the target: they are given the domains with the roles swapped. What comes back is
compared: mapped rows of the target, or coordinates of the source's rows and the target's.
"""

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.transfer.methods._adapt import silent
from sktransfer.representation import CORAL, SubspaceAlignment, TransferComponentAnalysis
from sktransfer.sources import SourceData

N_COMPONENTS = 5


def _data(X_source):
    return SourceData(X_source, np.zeros(len(X_source)))


def moments(X_source):
    """The source as a file of it would be: sums, no rows."""
    return _data(X_source).summarize(Ridge())


def ours_coral(X_source, X, source=None):
    """Centred, as skada's; ``source`` is given where moments are known."""
    model = CORAL(source or _data(X_source), shrinkage=0.0).fit(X)
    return model.transform(X) - model.source_mean_


def adapt_coral(X_source, X):
    """It does not centre: the map is linear, so that this can be done afterwards."""
    with silent():
        from adapt.feature_based import CORAL as Peer

        found = Peer(lambda_=0, verbose=0).fit_transform(X, X_source)
    return found - found.mean(axis=0)


def skada_coral(X_source, X):
    """Its covariances are divided by n, ours by n - 1."""
    from skada._mapping import CORALAdapter

    domain = np.repeat([1, -2], [len(X), len(X_source)])
    peer = CORALAdapter(reg=None).fit(np.concatenate([X, X_source]), sample_domain=domain)
    found = peer.transform(X, sample_domain=domain[: len(X)], allow_source=True)
    return found * np.sqrt((1 - 1 / len(X)) / (1 - 1 / len(X_source)))


def ours_subspace(X_source, X, source=None):
    """Without shrinkage, as the peers; ``source`` is given where moments are known."""
    model = SubspaceAlignment(N_COMPONENTS, source=source or _data(X_source), shrinkage=0.0).fit(X)
    return np.concatenate([model.transform_source(X_source), model.transform(X)])


def adapt_subspace(X_source, X):
    """Two PCAs of scikit-learn's."""
    with silent():
        from adapt.feature_based import SA

        peer = SA(n_components=N_COMPONENTS)
        source = peer.fit_transform(X_source, X)
        return np.concatenate([source, peer.transform(X)])


def skada_subspace(X_source, X):
    """The same."""
    from skada._subspace import SubspaceAlignmentAdapter

    return _skada(SubspaceAlignmentAdapter(N_COMPONENTS), X_source, X)


def ours_components(X_source, X, mu=0.1):
    """The peers' mu is 1 / alpha."""
    alpha = 1 / mu if mu else np.inf
    model = TransferComponentAnalysis(N_COMPONENTS, source=_data(X_source), alpha=alpha).fit(X)
    return np.concatenate([model.transform_source(X_source), model.transform(X)])


def adapt_components(X_source, X, mu=0.1):
    """Eigenvectors of a matrix that is not symmetric unless mu is 0, taken as if it were."""
    with silent():
        from adapt.feature_based import TCA

        peer = TCA(n_components=N_COMPONENTS, mu=mu, kernel="rbf", gamma=1 / X.shape[1])
        source = peer.fit_transform(X_source, X)
        return np.concatenate([source, peer.transform(X)])


def skada_components(X_source, X, mu=0.1):
    """The same."""
    from skada._subspace import TransferComponentAnalysisAdapter

    return _skada(TransferComponentAnalysisAdapter(n_components=N_COMPONENTS, mu=mu), X_source, X)


def _skada(peer, X_source, X):
    domain = np.repeat([1, -2], [len(X_source), len(X)])
    return peer.fit_transform(np.concatenate([X_source, X]), sample_domain=domain)


def unsigned(scores):
    """Centred columns of length one, the largest entry positive: components up to sign, scale and shift."""
    scores = scores - scores.mean(axis=0)
    scores /= np.linalg.norm(scores, axis=0)
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])


def apart(method, mine, theirs):
    """Largest difference, of the largest entry."""
    if method == "components":
        mine, theirs = unsigned(mine), unsigned(theirs)
    return float(np.abs(mine - theirs).max() / np.abs(mine).max())


METHODS = {
    "coral": {"ours": ours_coral, "adapt": adapt_coral, "skada": skada_coral},
    "subspace": {"ours": ours_subspace, "adapt": adapt_subspace, "skada": skada_subspace},
    "components": {"ours": ours_components, "adapt": adapt_components, "skada": skada_components},
}
