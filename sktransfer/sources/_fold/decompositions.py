"""Projections on components."""

import numpy as np

from sktransfer.sources._fold._affine import Affine


def pca(name, step, n_features):
    """PCA: components (x - mean), divided by the standard deviations where it whitens."""
    components = np.asarray(step.components_, dtype=np.float64)
    if step.whiten:
        deviation = np.sqrt(step.explained_variance_)
        components = components / np.maximum(deviation, np.finfo(deviation.dtype).eps)[:, None]
    return Affine(components, -components @ step.mean_)


def truncated_svd(name, step, n_features):
    """TruncatedSVD: components x."""
    components = np.asarray(step.components_, dtype=np.float64)
    return Affine(components, np.zeros(len(components)))


STEPS = {"PCA": pca, "TruncatedSVD": truncated_svd}
