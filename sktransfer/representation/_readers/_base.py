"""What is known of a model that rows are passed through.

Conventions: a *layer* names a depth of the model, None its very end. ``forward`` gives one array per layer, each of
shape (n_rows, n_columns); a layer that gives more dimensions is flattened in C order.
"""

import threading
from abc import ABC, abstractmethod
from contextlib import nullcontext, suppress
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import InputTags, _safe_indexing
from sklearn.utils.validation import _num_samples

from sktransfer._utils._progress import progress

ONE_AT_A_TIME = threading.RLock()  # clones share a network, and what it is while rows pass is a state
_BATCH_BYTES = 2**24


class Unreadable(ValueError):
    """What a model gave is no table of features, or not the one asked for."""


class Reader(ABC):
    """One model, as something that rows are passed through; the model itself is never changed.

    Parameters
    ----------
    model : object
        Kept by reference.
    input_shape : tuple of int, default=None
        Shape of one row as the model takes it.

    Attributes
    ----------
    kind : str
        What is accepted, in words.
    specificity : int
        Of several readers that accept a model the one with the highest reads it.
    layers, outputs, layer_outputs : sequence
        What ``layer=`` may be, and what ``output=`` may be beside "auto": without a layer, and of a layer.
    n_features_in : int or None
        Columns of a row, if the model knows.
    row_shape : tuple of int or None
        Shape of one row as the model takes it; None: flat.
    """

    kind, specificity = None, 1
    layers, outputs, layer_outputs = (), (), ()
    n_features_in = row_shape = None

    def __init__(self, model, input_shape=None):
        self.model, self.input_shape = model, input_shape

    @classmethod
    @abstractmethod
    def accepts(cls, model):
        """Whether this reader reads the model, known without looking into it."""

    @classmethod
    def has_head(cls, model):
        """Whether the model is a network whose last linear layer can be learned anew: see :meth:`head`."""
        return False

    @classmethod
    def input_tags(cls, model):
        """What rows the model takes: scikit-learn's InputTags."""
        return InputTags(sparse=False)

    @classmethod
    def kept_types(cls, model, output):
        """Types of rows that features are known to have, too, by name: none."""
        return []

    @property
    def label(self):
        """How the model's features are called."""
        return type(self.model).__name__.lower()

    @property
    def who(self):
        """The model in messages."""
        return type(self.model).__name__

    @property
    @abstractmethod
    def content(self):
        """A digest of all that its features hang on."""

    @abstractmethod
    def rows(self, X, names=None):
        """Rows as the model takes them, checked. ``names``: of the columns of X, where they have some."""

    @abstractmethod
    def forward(self, batch, layers, output):
        """Features of some rows: a list of arrays, one per layer."""

    def frozen(self):
        """A context in which all batches are passed: on leaving it the model is as it was."""
        return nullcontext()

    def check(self, layers, output):
        """Refuse layers and outputs that the model has not.

        Raises
        ------
        ValueError
            With the list of what there is.
        """
        who, known = self.who, (*self.outputs, *self.layer_outputs)
        if output != "auto" and output not in known:
            raise ValueError(f"{who} has no output {output!r}; it has {listed(('auto', *known))}.")
        for layer in layers:
            if layer is None and output in self.layer_outputs:
                raise ValueError(f"output={output!r} is that of a layer: name one in layer=.")
            if layer is not None and output in self.outputs:
                raise ValueError(
                    f"layer={layer!r} and output={output!r} both say which features to take: leave one out."
                )
            if layer is not None and layer not in self.layers:
                there = f"it has {listed(self.layers)}" if len(self.layers) else "only its end can be had: layer=None"
                raise ValueError(f"{who} has no layer {layer!r}; {there}.")

    def batch_rows(self, rows):
        """How many rows to pass at a time if nobody says so."""
        return max(1, _num_samples(rows))

    def first(self, rows, layers, output):
        """Features of the first row: what is wrong with the model or the rows shows here."""
        return self.pass_rows(_safe_indexing(rows, slice(0, 1)), layers, output)

    def pass_rows(self, rows, layers, output, batch_size="auto", verbose=False):
        """Features of all rows: a list of arrays, one per layer."""
        n_rows = _num_samples(rows)
        step = self.batch_rows(rows) if isinstance(batch_size, str) else batch_size
        starts = progress(range(0, max(1, n_rows), step), description=self.label, quiet=not verbose or n_rows <= step)
        tables = [Table(n_rows) for _ in layers]
        with self.frozen():
            for start in starts:
                batch = _safe_indexing(rows, slice(start, min(start + step, n_rows)))
                for table, part in zip(tables, self.forward(batch, layers, output), strict=True):
                    table.add(part)
        return [table.whole() for table in tables]

    def names(self, layer, output, n_columns, feature_names):
        """Names of the columns that a layer gives."""
        stem = self.label if layer is None else layer
        return numbered(stem if output == "auto" else f"{stem}_{output}", n_columns)

    def head(self):
        """The model's last linear layer.

        Raises
        ------
        ValueError
            If it has none.
        """
        raise ValueError(f"{self.who} has no last linear layer that can be read. Take its features: layer=, output=.")


class Head(NamedTuple):
    """The last linear layer of a network, ``act(z . coef' + intercept)``.

    Attributes
    ----------
    name : str
        How the model calls it.
    coef : ndarray of shape (n_outputs, n_inputs)
    intercept : ndarray of shape (n_outputs,)
    activation : str
        What follows: "linear", "softmax", "sigmoid", ...; "unknown" where the model does not say.
    features : dict
        What FrozenFeatures is told to give z.
    kind : {"classes", "amounts", None}
        What the outputs are, where the model says so.
    classes : ndarray or None
        Labels of the outputs, in order, where the model knows them.
    """

    name: str
    coef: np.ndarray
    intercept: np.ndarray
    activation: str
    features: dict
    kind: str | None = None
    classes: np.ndarray | None = None


def numbered(stem, n_columns):
    """``stem_0``, ``stem_1``, ..."""
    return [f"{stem}_{column}" for column in range(n_columns)]


def listed(names, most=20):
    """Names for a message, the first ones if they are many."""
    shown = ", ".join(repr(name) for name in list(names)[:most])
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"


class Table:
    """Rows that come in batches, written where they belong; sparse ones are put together at the end."""

    def __init__(self, n_rows):
        self._n_rows, self._n_filled, self._pieces = n_rows, 0, []

    def add(self, batch):
        """The next rows."""
        if sparse.issparse(batch) or batch.shape[0] == self._n_rows:
            self._pieces.append(batch)
            return
        if not self._pieces:
            self._pieces.append(np.empty((self._n_rows, batch.shape[1]), batch.dtype))
        end = self._n_filled + batch.shape[0]
        self._pieces[0][self._n_filled : end] = batch
        self._n_filled = end

    def whole(self):
        """All rows."""
        return self._pieces[0] if len(self._pieces) == 1 else sparse.vstack(self._pieces, format="csr")


def as_columns(values, n_rows, who):
    """What a model gave for some rows, as a table of numbers.

    Raises
    ------
    Unreadable
        If it is no array of numbers with one entry per row.
    """
    values = values.to_numpy() if hasattr(values, "to_numpy") else values
    values = values if sparse.issparse(values) else np.asarray(values)
    if values.dtype == object:
        with suppress(TypeError, ValueError):  # numbers of several types, as a table of pandas has them
            values = values.astype(np.float64)
    if values.dtype.kind not in "fiub":
        raise Unreadable(f"{who} gives {values.dtype} values, and features are numbers.")
    if values.ndim == 0 or values.shape[0] != n_rows:
        raise Unreadable(
            f"{who} gives an array of shape {values.shape} for {n_rows} row(s); its first dimension must be the rows."
        )
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    return values if values.ndim == 2 else values.reshape(n_rows, -1)


def auto_rows(n_columns, itemsize, most):
    """Rows that fill a batch: 16 MiB of them, at most ``most``."""
    return int(np.clip(_BATCH_BYTES // max(1, n_columns * itemsize), 1, most))
