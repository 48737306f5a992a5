"""The last hidden layer of a network of the source as frozen features; its old output layer is the new one's source.

The network is scikit-learn's, of 256 and 32 hidden units, and sees nothing of the target.
"""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sktransfer import make_transfer
from sktransfer.representation import FrozenFeatures

KNOWS = ("network", "output_layer")
KINDS = ("regression", "binary", "multiclass")


def fit(knowledge, X, y):
    """All else is make_transfer's."""
    network = knowledge.network
    features = FrozenFeatures(network, layer=len(network.hidden_layer_sizes))
    return make_pipeline(FrozenEstimator(knowledge.scaler), features, make_transfer(knowledge.output_layer)).fit(X, y)
