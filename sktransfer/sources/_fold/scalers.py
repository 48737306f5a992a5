"""Scalers: one factor and one shift for each feature."""

import numpy as np

from sktransfer.sources._fold._affine import Affine
from sktransfer.sources._fold._chain import cannot_fold


def standard(name, step, n_features):
    """StandardScaler: (x - mean) / scale."""
    return _centred(n_features, step.mean_ if step.with_mean else None, step.scale_ if step.with_std else None)


def robust(name, step, n_features):
    """RobustScaler: (x - center) / scale."""
    center = step.center_ if step.with_centering else None
    return _centred(n_features, center, step.scale_ if step.with_scaling else None)


def min_max(name, step, n_features):
    """MinMaxScaler: x * scale + min."""
    _refuse_clip(name, step)
    return Affine.diagonal(step.scale_, step.min_)


def max_abs(name, step, n_features):
    """MaxAbsScaler: x / scale."""
    _refuse_clip(name, step)
    return _centred(n_features, None, step.scale_)


def _centred(n_features, center, scale):
    factor = np.ones(n_features) if scale is None else 1.0 / np.asarray(scale, dtype=np.float64)
    return Affine.diagonal(factor, None if center is None else -np.asarray(center, dtype=np.float64) * factor)


def _refuse_clip(name, step):
    if getattr(step, "clip", False):
        raise cannot_fold(name, step, "with clip=True it is not linear")


STEPS = {"StandardScaler": standard, "RobustScaler": robust, "MinMaxScaler": min_max, "MaxAbsScaler": max_abs}
