"""Models that take an array of numbers, each row in a shape of its own."""

import math
from abc import abstractmethod

import numpy as np
from sklearn.utils import check_array

from sktransfer.representation._readers._base import Reader, Unreadable, as_columns, auto_rows

_MOST_ROWS = 4096


class ArrayReader(Reader):
    """Rows are float32 or float64, reshaped in C order; what the model gives is flattened."""

    n_fixed = None  # rows of every batch, where the model takes no other number of them

    @property
    def row_shape(self):
        """As it was declared, by the user or by the model; None: flat."""
        return self._declared() if self.input_shape is None else tuple(self.input_shape)

    @property
    def n_features_in(self):
        """Columns of a row, where its shape is declared."""
        return None if self.row_shape is None else math.prod(self.row_shape)

    def _declared(self):
        """Shape of one row as the model declares it; None if it does not."""
        return None

    def rows(self, X, names=None):
        """Numbers, each row in its shape."""
        X = check_array(X, dtype=(np.float64, np.float32), input_name="X", estimator="FrozenFeatures")
        if self.row_shape is None:
            return X
        if X.shape[1] != self.n_features_in:
            said = "it declares" if self.input_shape is None else "input_shape says"
            raise ValueError(
                f"X has {X.shape[1]} columns, but a row of {self.who} has {self.n_features_in}: "
                f"{said} the shape {self.row_shape}."
            )
        return X.reshape(len(X), *self.row_shape)

    def batch_rows(self, rows):
        """16 MiB of rows, at most 4096 (of texts 4096): activations take more room than rows do."""
        if isinstance(rows, list):
            return _MOST_ROWS
        return self.n_fixed or auto_rows(math.prod(rows.shape[1:]), rows.itemsize, _MOST_ROWS)

    def pass_rows(self, rows, layers, output, batch_size="auto", verbose=False):
        """Features of all rows; a model of batches of one size gets these."""
        return super().pass_rows(rows, layers, output, self.n_fixed or batch_size, verbose)

    def first(self, rows, layers, output):
        """Features of the first row.

        Raises
        ------
        ValueError
            If the model does not take it, with the error that it raised.
        """
        try:
            return super().first(rows, layers, output)
        except Unreadable:
            raise
        except Exception as error:
            raise ValueError(f"{self.who} does not take {_refused(rows, error)}") from error

    def forward(self, batch, layers, output):
        """Features of some rows: a list of arrays, one per layer."""
        full = batch
        if self.n_fixed is not None and len(batch) < self.n_fixed:
            full = np.concatenate([batch, np.repeat(batch[-1:], self.n_fixed - len(batch), axis=0)])
        given = self._values(full, layers, output)
        named = [self.who if layer is None else f"layer {layer!r} of {self.who}" for layer in layers]
        return [as_columns(values, len(full), name)[: len(batch)] for values, name in zip(given, named, strict=True)]

    @abstractmethod
    def _values(self, batch, layers, output):
        """What the model gives, or takes, at each layer."""


def _refused(rows, error):
    """What was not taken, why, and what to do."""
    why = f"{type(error).__name__}: {error}"
    if isinstance(rows, list):
        return f"a list of texts: {why} It must take one, and give an array with a row for each."
    return (
        f"rows of {rows[:1].size} columns, in the shape {rows.shape[1:]}: {why} Give the columns it was trained on, or "
        "say the shape of one row in input_shape=."
    )
