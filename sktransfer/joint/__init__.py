"""Joint fits: the target's rows together with the sources', at weights of one's choice."""

from sktransfer.joint._alpha_weighted import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.joint._feature_augmentation import FeatureAugmentation

__all__ = ["AlphaWeightedClassifier", "AlphaWeightedRegressor", "FeatureAugmentation"]
