"""Features in which a target is easier to learn: those of a model that is fitted already."""

from sktransfer.representation._frozen_features import FrozenFeatures

__all__ = ["FrozenFeatures"]
