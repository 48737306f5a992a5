"""Pipelines: all steps but the last one, then the features of the last."""

from sktransfer.representation._readers.estimators import EstimatorReader
from sktransfer.sources._fold import is_a, is_passthrough


class PipelineReader(EstimatorReader):
    """Layers and outputs are those of the last step."""

    kind, specificity = "a fitted Pipeline", 3

    @classmethod
    def accepts(cls, model):
        """A Pipeline of two steps or more that ends with an estimator."""
        return is_a(model, "Pipeline") and len(model.steps) > 1 and not is_passthrough(model.steps[-1][1])

    @classmethod
    def has_head(cls, model):
        """If the last step has."""
        return _choose().has_head(model.steps[-1][1])

    def __init__(self, model, input_shape=None):
        super().__init__(model, input_shape)
        self._head, self._last = self.model[:-1], _choose().read(self.model.steps[-1][1])

    @property
    def label(self):
        """That of the last step."""
        return self._last.label

    @property
    def layers(self):
        """Those of the last step."""
        return self._last.layers

    @property
    def outputs(self):
        """Those of the last step."""
        return self._last.outputs

    def head(self):
        """That of the last step."""
        return self._last.head()

    def forward(self, batch, layers, output):
        """The last step's features of what the others make of the rows."""
        inside = self._last.rows(self._head.transform(self._guarded(batch)))
        return self._last.forward(inside, layers, output)

    def names(self, layer, output, n_columns, feature_names):
        """Those of the last step."""
        if layer is None and self._last._method(output) == "transform":
            return self._transformed_names(n_columns, feature_names)
        return self._last.names(layer, output, n_columns, feature_names)


def _choose():
    """The module that chooses a reader, which imports this one."""
    from sktransfer.representation._readers import _choose

    return _choose
