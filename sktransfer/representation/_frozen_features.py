"""Features of a model that is fitted already, for a model that is not.

    z = (f_1(x), .., f_K(x) [, x])

with each f_k a frozen source model or a layer of one. In the one formula, x is z: nothing of the sources is fitted.
"""

import math
import os
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, check_memory

from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._utils._compat import (
    HasMethods,
    Interval,
    StrOptions,
    check_feature_names_in,
    fit_context,
    validate_data,
)
from sktransfer.representation._readers import kind_of, read
from sktransfer.representation._texts import as_column

_OUTPUTS = {"auto", "transform", "decision_function", "predict_proba", "predict", "leaves", "input"}


class FrozenFeatures(SourceParameterMixin, TransformerMixin, BaseEstimator):
    """Features, scores or hidden layers of fitted models, as a transformer that fits nothing.

    A network, a scikit-learn estimator, an ONNX file or a function, trained where data is plentiful, turns rows into
    features in which little data goes a long way. ``fit`` only checks that model and rows fit together. The model is
    kept by reference: clones share it, ``set_params`` does not reach into it, and nothing in it ever changes.

    Parameters
    ----------
    model : fitted model, or list of these
        - A scikit-learn estimator, a Pipeline or a search (its best estimator) included. It gets the rows as they are;
          columns of a DataFrame are matched by name.
        - A ``torch.nn.Module``: in evaluation mode, without gradients, where it is and in its own type. Its modes,
          buffers, hooks and torch's random numbers are afterwards what they were.
        - A Keras 3 model, on any backend.
        - An ONNX file (its path or its bytes), or an onnxruntime session.
        - A function: from an array of rows to an array of features, each row by itself; from a list of texts, where X
          is one.

        Of a list the features stand side by side: scores of several source models, say, to be weighed by the target's.
        In a grid of GridSearchCV wrap a model in FrozenEstimator, or scikit-learn clones it.
    layer : str, int or list of these, default=None
        The depth whose output is taken; None: the end. Of torch the name of a submodule, of Keras of a layer, of ONNX
        of a tensor (one that is no output takes the package onnx); of MLPClassifier and MLPRegressor the number of a
        hidden layer, from 1. Of a list the depths stand side by side, from one forward pass.
    batch_size : int or "auto", default="auto"
        Rows of one forward pass. "auto": 16 MiB of rows, at most 4096, of networks and functions; all rows of
        scikit-learn estimators.
    output : {"auto", "transform", "decision_function", "predict_proba", "predict", "leaves", "input"}, default="auto"
        What a scikit-learn estimator gives. "auto": the first of ``transform``, ``decision_function``,
        ``predict_proba`` and ``predict`` that it has. "leaves": of a tree, a forest or gradient boosting one column
        per leaf, 1 where the row falls into it. "input": of torch and Keras what ``layer`` takes instead of what it
        gives, such as the features that a network's last layer weighs.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep features, by the content of the model and the rows. None: nowhere.
    passthrough : bool, default=False
        Append the original columns.
    cache_layers : list, default=None
        Layers that are computed and kept together, in one forward pass, when one of them is first asked for: those
        of a grid search over ``layer``. Needs ``memory``.
    input_shape : tuple of int, default=None
        Shape of one row as a network or function takes it, channels included: ``(3, 32, 32)`` or ``(32, 32, 3)``. Rows
        of a table are reshaped in C order; an array of shape (n_samples, *input_shape) is taken, too. None: what the
        model declares (Keras, ONNX), else flat.
    sparse_output : bool, default=True
        Keep sparse features (leaves, encoders) sparse; False: always an array.
    verbose : bool, default=False
        Show a bar where there are several batches, stderr is a terminal and tqdm is installed.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only of a DataFrame.

    Raises
    ------
    TypeError
        If the model is none of these.
    ValueError
        If it lacks the layer or the output, with the list of what there is, or does not take the rows.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ImportError
        If a package is missing, with the extra that brings it.

    See Also
    --------
    sklearn.frozen.FrozenEstimator : Keeps an estimator from being fitted; no layers, networks or scores.
    sklearn.ensemble.StackingClassifier : Scores of models that are fitted on the same rows.
    sktransfer.make_transfer : Parameters of a source, instead of its predictions; of a network frozen features
        and its last layer.

    Notes
    -----
    Features have the type that the model gives: float32 stays float32. Outputs of more than two dimensions are
    flattened in C order. A layer that runs several times in one pass is read at its last. A layer is read by a torch
    hook, which sees what the layer gives before a later one works in place. A tensor inside an ONNX model is
    read from a copy of it, in memory, that has the tensor among its outputs; protobuf takes 2 GB of weights.

    Models must treat each row by itself; batch statistics do not. For the cache a function is known by its code, what
    it closes over and the globals it names, an ONNX file by its bytes and those of the files that its weights are in; a
    session cannot be known, and cannot be pickled: give its file.

    References
    ----------
    Yosinski, Clune, Bengio and Lipson (2014), How transferable are features in deep neural networks? Wolpert (1992),
    Stacked generalization. Daume (2007), Frustratingly easy domain adaptation: the source's prediction as a feature,
    PRED, is ``passthrough=True``.

    Examples
    --------
    Odd or even, from thirty digits and a network that knows digits:

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sktransfer.representation import FrozenFeatures
    >>> X, y = load_digits(return_X_y=True)
    >>> source = MLPClassifier(30, max_iter=300, random_state=0).fit(X[:1000], y[:1000])
    >>> target = make_pipeline(FrozenFeatures(source), LogisticRegression())
    >>> target.fit(X[1000:1030], y[1000:1030] % 2).score(X[1030:], y[1030:] % 2) > 0.9
    True
    >>> LogisticRegression(max_iter=1000).fit(X[1000:1030], y[1000:1030] % 2).score(X[1030:], y[1030:] % 2) > 0.75
    False
    """

    _source_parameter = "model"

    _parameter_constraints: dict = {
        "model": "no_validation",
        "layer": [None, str, Integral, list, tuple],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "output": [StrOptions(_OUTPUTS)],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "passthrough": ["boolean"],
        "cache_layers": [None, list, tuple],
        "input_shape": [None, list, tuple],
        "sparse_output": ["boolean"],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        model,
        layer=None,
        batch_size="auto",
        output="auto",
        memory=None,
        *,
        passthrough=False,
        cache_layers=None,
        input_shape=None,
        sparse_output=True,
        verbose=False,
    ):
        self.model = model
        self.layer = layer
        self.batch_size = batch_size
        self.output = output
        self.memory = memory
        self.passthrough = passthrough
        self.cache_layers = cache_layers
        self.input_shape = input_shape
        self.sparse_output = sparse_output
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check that the model takes the rows and has what is asked of it; nothing is fitted.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features) or (n_samples, *input_shape)
            Or a list of n_samples texts, or a table of one column of them: for a function or a vectorizer.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        readers = self._read()
        X = self._table(X, readers, reset=True)
        layers, widths = self._layers(), []
        for reader in readers:
            reader.check((*layers, *(self.cache_layers or ())), self.output)
            first = reader.first(reader.rows(X, self._known_names()), layers, self.output)
            widths.append([part.shape[1] for part in first])
        self._readers, self._asked, self._widths = readers, layers, widths
        return self

    def transform(self, X):
        """Features of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features) or (n_samples, *input_shape)
            Or a list of n_samples texts, as in ``fit``.

        Returns
        -------
        ndarray or sparse matrix of shape (n_samples, n_features_out)
            Model by model, of each layer by layer; the original columns last.
        """
        check_is_fitted(self)
        X = self._table(X, self._readers, reset=False)
        parts = [part for reader in self._readers for part in self._features(reader, X)]
        if self.passthrough:
            parts.append(check_array(X, accept_sparse=("csr", "csc"), ensure_all_finite=False))
        return self._side_by_side(parts)

    def get_feature_names_out(self, input_features=None):
        """Names of the features.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X; of a DataFrame they are known.

        Returns
        -------
        ndarray of shape (n_features_out,) of str
            A transformer's own; of scores the name of the model, and of the class where there are several; of layers
            ``<layer>_<number>``, of leaves ``tree<number>_leaf<node>``. Where there are several models, or the original
            columns beside, ``<model>__`` stands before them.
        """
        check_is_fitted(self)
        given = check_feature_names_in(self, input_features)
        labels, names = _distinct([reader.label for reader in self._readers]), []
        prefixed = len(labels) > 1 or self.passthrough
        for label, reader, widths in zip(labels, self._readers, self._widths, strict=True):
            for layer, width in zip(self._asked, widths, strict=True):
                own = reader.names(layer, self.output, width, given)
                names += [f"{label}__{name}" for name in own] if prefixed else own
        return np.array([*names, *(given if self.passthrough else ())], dtype=object)

    def _models(self):
        return list(self.model) if isinstance(self.model, (list, tuple)) else [self.model]

    def _read(self):
        """A reader of each model."""
        if not self._models():
            raise ValueError("model is an empty list. Give one fitted model or more.")
        if self.cache_layers is not None and self.memory is None:
            raise ValueError(
                "cache_layers says what is kept in memory=, which is None. Give it a path, or leave it out."
            )
        return [read(model, self.input_shape) for model in self._models()]

    def _layers(self):
        layers = tuple(self.layer) if isinstance(self.layer, (list, tuple)) else (self.layer,)
        if not layers:
            raise ValueError("layer is an empty list. Name one layer or more, or None for the end of the model.")
        return layers

    def _known_names(self):
        return getattr(self, "feature_names_in_", None)

    def _table(self, X, readers, reset):
        """X with one column per feature, its number and names of columns checked."""
        shape = getattr(X, "shape", ())
        if len(shape) > 2 and any(reader.row_shape == tuple(shape[1:]) for reader in readers):
            X = np.reshape(X, (shape[0], math.prod(shape[1:])))
        X = as_column(X)
        if sparse.issparse(X):
            X = X.tocsr()
        elif not hasattr(X, "columns"):
            X = check_array(X, dtype=None, ensure_all_finite=False, input_name="X", estimator=self)
        validate_data(self, X, reset=reset, skip_check_array=True)
        return X

    def _features(self, reader, X):
        """One array per layer that is asked for, computed or found."""
        rows = reader.rows(X, self._known_names())
        if self.memory is None:
            return reader.pass_rows(rows, self._asked, self.output, self.batch_size, self.verbose)
        memory = check_memory(os.fspath(self.memory) if isinstance(self.memory, os.PathLike) else self.memory)
        together = tuple(self.cache_layers or ())
        depths = together if set(self._asked) <= set(together) else self._asked
        found = memory.cache(_all_depths, ignore=["reader", "batch_size", "verbose"])(
            reader.content, rows, depths, self.output, reader, self.batch_size, self.verbose
        )
        return [found[depths.index(layer)] for layer in self._asked]

    def _side_by_side(self, parts):
        """One table of several."""
        if any(sparse.issparse(part) for part in parts):
            table = sparse.hstack(parts, format="csr")
            return table if self.sparse_output else table.toarray()
        return parts[0] if len(parts) == 1 else np.hstack(parts)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        kinds = [(kind_of(model), model) for model in self._models()]
        theirs = [kind.input_tags(model) for kind, model in kinds if kind is not None]
        for name in ("sparse", "allow_nan", "string", "categorical"):
            setattr(tags.input_tags, name, bool(theirs) and all(getattr(each, name) for each in theirs))
        kept = [kind.kept_types(model, self.output) for kind, model in kinds if kind is not None]
        tags.transformer_tags.preserves_dtype = kept[0] if len(kept) == 1 else []
        return tags


def _all_depths(content, rows, depths, output, reader, batch_size, verbose):
    """What the cache keeps: one pass for all depths, known by the model's content and the rows."""
    return reader.pass_rows(rows, depths, output, batch_size, verbose)


def _distinct(labels):
    """Labels told apart by a number where they are the same: ridge-1, ridge-2."""
    return [
        label if labels.count(label) == 1 else f"{label}-{labels[: place + 1].count(label)}"
        for place, label in enumerate(labels)
    ]
