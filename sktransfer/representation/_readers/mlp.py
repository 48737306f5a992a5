"""Hidden layers of scikit-learn's networks.

a_0 = x,   a_k = activation(a_{k-1} W_k + b_k),   k = 1 .. number of hidden layers
"""

import numpy as np
from scipy.special import expit
from sklearn.utils import check_array
from sklearn.utils.extmath import safe_sparse_dot

from sktransfer.representation._readers._base import Head, numbered
from sktransfer.representation._readers.estimators import EstimatorReader
from sktransfer.sources._extract.networks import output_layer

_ACTIVATIONS = {
    "identity": lambda a: a,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0),
}


class MLPReader(EstimatorReader):
    """Layers are counted from 1; None is what the network predicts."""

    kind, specificity = "a fitted MLPClassifier or MLPRegressor", 2

    @classmethod
    def accepts(cls, model):
        """MLPClassifier, MLPRegressor and what inherits from them."""
        return any(cls.__name__ in ("MLPClassifier", "MLPRegressor") for cls in type(model).__mro__)

    @classmethod
    def has_head(cls, model):
        """If it has hidden layers; else it is a linear model."""
        return len(getattr(model, "coefs_", ())) > 1

    def head(self):
        """The output layer."""
        fit, depth = output_layer(self.model), len(self.layers)
        activation = "exponential" if fit.link == "log" else "linear"
        kind = "amounts" if fit.classes is None else "classes"
        coef, intercept = np.atleast_2d(fit.coef), np.atleast_1d(fit.intercept)
        return Head("output", coef, intercept, activation, {"layer": depth}, kind, fit.classes)

    @property
    def layers(self):
        """1, 2, ..."""
        return range(1, len(self.model.coefs_))

    def forward(self, batch, layers, output):
        """One pass for all layers; the end by the model's own method."""
        asked = [layer for layer in layers if layer is not None]
        found = self._hidden(batch, max(asked)) if asked else {}
        if None in layers:
            found[None] = super().forward(batch, (None,), output)[0]
        return [found[layer] for layer in layers]

    def _hidden(self, batch, deepest):
        """The activations of each hidden layer, down to the deepest that is wanted."""
        a = check_array(batch, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), input_name="X")
        activation, found = _ACTIVATIONS[self.model.activation], {}
        for layer in range(1, deepest + 1):
            a = activation(safe_sparse_dot(a, self.model.coefs_[layer - 1]) + self.model.intercepts_[layer - 1])
            found[layer] = a
        return found

    def names(self, layer, output, n_columns, feature_names):
        """``hidden1_0``, ``hidden1_1``, ..."""
        if layer is None:
            return super().names(layer, output, n_columns, feature_names)
        return numbered(f"hidden{layer}", n_columns)
