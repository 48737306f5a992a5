"""scikit-learn's own checks: of functions, and of models fitted on the check's own rows."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.feature_selection import VarianceThreshold
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.representation import FrozenFeatures


class OnTheseRows(FrozenFeatures):
    """FrozenFeatures of models that it fits on the rows it is given."""

    def __init__(self, prototypes, output="auto", *, passthrough=False):
        super().__init__(None, output=output, passthrough=passthrough)
        self.prototypes = prototypes

    def fit(self, X, y=None):
        self.model = [clone(prototype).fit(X) for prototype in self.prototypes]
        try:
            return super().fit(X)
        finally:
            self.model = None

    def __sklearn_tags__(self):
        model = self.prototypes[0] if len(self.prototypes) == 1 else self.prototypes
        return FrozenFeatures(model, output=self.output, passthrough=self.passthrough).__sklearn_tags__()


class Same:
    """The rows themselves; its name is the same in every process that collects these tests."""

    def __call__(self, X):
        return X

    def __repr__(self):
        return "Same()"


ALL = [
    FrozenFeatures(np.tanh),
    FrozenFeatures(Same(), batch_size=7, passthrough=True),
    OnTheseRows([PCA(1)]),
    OnTheseRows([StandardScaler()]),
    OnTheseRows([VarianceThreshold()], passthrough=True),
    OnTheseRows([PCA(1), KMeans(2, random_state=0)]),
    OnTheseRows([IsolationForest(n_estimators=3, random_state=0)]),
]


@parametrize_with_checks(ALL)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_frames(estimator, check_of_frames):
    check_of_frames(type(estimator).__name__, estimator)
