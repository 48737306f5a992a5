"""Which target rows are learned from and which are tested on: the protocol of the package."""

import numpy as np

MOST_TESTED = 3000
SIZES = (20, 50, 100, 200)


def split(task, n_target, number):
    """(rows to learn from, rows to test on); of two classes each has two rows to learn from."""
    random = np.random.RandomState(1000 * n_target + number)
    while True:
        order = random.permutation(len(task.y_target))
        train, test = order[:n_target], order[n_target : n_target + MOST_TESTED]
        if task.kind != "binary" or np.bincount(task.y_target[train], minlength=2).min() >= 2:
            return train, test
