"""Ten classes, features like the pixels of small square images: neighbours alike, many zeros; log-loss; C = 1."""

from math import isqrt

import numpy as np
from scipy.ndimage import gaussian_filter

from benchmarks.problem import Problem
from benchmarks.problems._draw import SIGNAL, labels, parameters

SIZES = ((200, 64), (20_000, 784))
SMOKE = (80, 9)
N_CLASSES = 10


def multinomial_images(n_samples, n_features, seed=0):
    """Multinomial logistic regression, with the coefficients of a related population as the source.

    Parameters
    ----------
    n_samples, n_features : int
        ``n_features`` must be a square.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    X = _images(rng, n_samples, isqrt(n_features))
    coef_source, coef = parameters(rng, (N_CLASSES, n_features))
    size = SIGNAL / (X @ coef.T).std()
    coef_source, coef = size * (coef_source - coef_source.mean(axis=0)), size * coef
    y = labels(rng, X @ coef.T)
    return Problem("multinomial_images", "multinomial", X, y, 1.0, 1e-7, coef_source, np.zeros(N_CLASSES))


def _images(rng, n_images, width):
    """Smooth fields, cut off at 0 and 1, with a little noise in every pixel: (n_images, width * width)."""
    fields = gaussian_filter(rng.standard_normal((n_images, width, width)), sigma=(0, 2, 2))
    images = np.clip(fields / fields.std(), 0.0, 1.0).reshape(n_images, -1)
    return images + 0.02 * rng.standard_normal(images.shape)
