"""What methods know of a source: its rows, and models of them, each fitted when it is first asked for."""

import warnings
from functools import cached_property

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.transfer._kinds import KINDS
from sktransfer import Source, SourceData


class Knowledge:
    """A task's source.

    ``newcomer`` is a pipeline with all defaults on the rows as they are. All else is of standardised rows: ``X``,
    ``model`` (its strength by cross-validation), ``source`` (the model and its precision), ``data``, ``sources``.
    """

    def __init__(self, task):
        self.kind_name, self.kind = task.kind, KINDS[task.kind]
        self.X_raw, self.y, self.origin = task.X_source, task.y_source, task.origin
        self.scaler = StandardScaler().fit(task.X_source)
        self.X = self.scaler.transform(task.X_source)

    def begin(self, number):
        """From now on rows are of this split: its number shuffles them into folds."""
        self.kind = KINDS[self.kind_name]._replace(seed=number)

    def scaled(self, model):
        """A model of standardised features as one of the target's own."""
        return make_pipeline(self.scaler, model)

    @cached_property
    def newcomer(self):
        """What one writes first."""
        return make_pipeline(StandardScaler(), clone(self.kind.newcomer)).fit(self.X_raw, self.y)

    @cached_property
    def sure_newcomer(self):
        """The same, and how sure it is."""
        return Source.from_estimator(self.newcomer, X=self.X_raw, y=self.y)

    @cached_property
    def model(self):
        """The plain model, its strength by cross-validation."""
        return KINDS[self.kind_name].tuned(self.X, self.y)

    @cached_property
    def data(self):
        """All rows as one source."""
        return SourceData(self.X, self.y)

    @cached_property
    def sources(self):
        """The rows of each source."""
        places = [self.origin == name for name in dict.fromkeys(self.origin.tolist())]
        return [SourceData(self.X[place], self.y[place]) for place in places]

    @cached_property
    def models(self):
        """The plain model of each source, its strength by cross-validation."""
        return [KINDS[self.kind_name].tuned(source.X, source.y) for source in self.sources]

    @cached_property
    def network(self):
        """Two hidden layers, 256 and 32 wide, of the standardised rows; thirty epochs."""
        make = MLPClassifier if KINDS[self.kind_name].classifies else MLPRegressor
        network = make(hidden_layer_sizes=(256, 32), alpha=0.01, max_iter=30, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return network.fit(self.X, self.y)

    @property
    def strength(self):
        """Of the model."""
        return getattr(self.model, self.kind.name)

    def pooled(self, X, y):
        """(rows, y) of the source and the target."""
        return np.vstack([self.X, self.scaler.transform(X)]), np.concatenate([self.y, y])
