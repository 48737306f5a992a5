"""Leaves of trees: for each tree and each of its leaves a column, 1 where the row falls into the leaf, else 0."""

import numpy as np
from scipy import sparse

from sktransfer.representation._readers.estimators import EstimatorReader


class TreesReader(EstimatorReader):
    """Trees, forests and boosting with ``apply``; besides what other estimators give."""

    kind, specificity = "a fitted tree or ensemble of trees", 2

    @classmethod
    def accepts(cls, model):
        """Whatever says into which leaf a row falls, and holds trees of scikit-learn's."""
        if not hasattr(model, "apply"):
            return False
        return any(cls.__name__ in _FAMILIES and cls.__module__.startswith("sklearn.") for cls in type(model).__mro__)

    @property
    def outputs(self):
        """Leaves, and the methods that give features."""
        return ("leaves", *super().outputs)

    def _method(self, output):
        """The same as of any estimator: leaves are to be asked for."""
        methods = EstimatorReader.outputs.fget(self)
        return methods[0] if output == "auto" else output

    @property
    def _trees(self):
        """The trees, in the order of the columns of ``apply``."""
        if hasattr(self.model, "tree_"):
            return [self.model.tree_]
        return [each.tree_ for each in np.ravel(self.model.estimators_)]

    def forward(self, batch, layers, output):
        """Leaves as a sparse matrix; any other output by the model's own method."""
        if output != "leaves":
            return super().forward(batch, layers, output)
        fallen = np.asarray(self.model.apply(self._guarded(batch))).reshape(batch.shape[0], -1).astype(np.intp)
        columns, offset = np.empty_like(fallen), 0
        for number, tree in enumerate(self._trees):
            leaves = _leaves(tree)
            columns[:, number] = offset + np.searchsorted(leaves, fallen[:, number])
            offset += len(leaves)
        kept = np.float32 if getattr(batch, "dtype", None) == np.float32 else np.float64
        ends = np.arange(0, columns.size + 1, columns.shape[1])
        return [sparse.csr_matrix((np.ones(columns.size, kept), columns.ravel(), ends), (len(columns), offset))]

    def names(self, layer, output, n_columns, feature_names):
        """``tree0_leaf3``: the tree and the number of the node in it."""
        if output != "leaves":
            return super().names(layer, output, n_columns, feature_names)
        return [f"tree{number}_leaf{leaf}" for number, tree in enumerate(self._trees) for leaf in _leaves(tree)]


_FAMILIES = ("BaseDecisionTree", "BaseForest", "BaseGradientBoosting")


def _leaves(tree):
    """Nodes that have no children."""
    return np.flatnonzero(tree.children_left < 0)
