"""The precision of a fitted model on raw features: Fisher information plus its own penalty's curvature.

A pipeline's penalty acts on coef_z, with z = A x + c, coef_raw = coef_z A and intercept_raw = intercept_z +
coef_z . c. Of the coefficients on z the least-norm ones are meant, coef_z = pinv(A') coef_raw. So with lam
the curvature on coef_z and mu that on intercept_z, on [coef_raw; intercept_raw] it is

    lam [[pinv(A' A), 0], [0, 0]] + mu v v',      v = [-pinv(A) c; 1] .
"""

import inspect

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_class_weight

from sktransfer._designs import as_design
from sktransfer.sources._information import information
from sktransfer.sources._precision import indices


def read_rows(X, n_features, feature_names):
    """The design of the source's raw rows."""
    columns = getattr(X, "columns", None)
    named = columns is not None and all(isinstance(column, str) for column in columns)
    if named and feature_names is not None and list(columns) != list(feature_names):
        raise ValueError(
            f"X must have the columns the source was fitted on, in their order: {list(feature_names)}; got "
            f"{list(columns)}. Give X[source.feature_names_in_]."
        )
    X = check_array(X, accept_sparse=("csr", "csc"), dtype=[np.float64, np.float32], input_name="X")
    if X.shape[1] != n_features:
        raise ValueError(f"X must hold the raw rows the source was fitted on, {n_features} features; got {X.shape[1]}.")
    return as_design(X)


def read_weight(sample_weight, n_samples):
    """Weights of the rows, float64 of shape (n_samples,), and their total (an int where there are none)."""
    if sample_weight is None:
        return np.ones(n_samples), n_samples
    weight = np.array(sample_weight, dtype=np.float64)
    if weight.shape != (n_samples,):
        raise ValueError(f"sample_weight must have shape ({n_samples},), one per row of X; got {weight.shape}.")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ValueError("sample_weight must be finite, at least 0, and not all 0.")
    return weight, float(weight.sum())


def apply_class_weight(weight, class_weight, classes, y):
    """Weights times those of the rows' classes, as the logistic models fit with them."""
    if class_weight is None:
        return weight
    if y is None:
        raise ValueError("the source was fitted with class_weight, so its precision needs y too. Give y with X.")
    y = np.asarray(y)
    if y.shape != weight.shape:
        raise ValueError(f"y must have shape {weight.shape}, one label per row of X; got {y.shape}.")
    weighted = "sample_weight" in inspect.signature(compute_class_weight).parameters
    extra = {"sample_weight": weight} if weighted else {}
    per_class = compute_class_weight(class_weight, classes=classes, y=y, **extra)
    return weight * per_class[np.searchsorted(classes, y)]


def precision_of(fit, chain, design, weight, total):
    """Precision over [coef, row by row; intercepts] on raw features.

    Parameters
    ----------
    fit : LinearFit
        With coefficients on raw features already.
    chain : Affine or None
        From raw features to the model's own; None if they are the same.
    design : Design
    weight : ndarray of shape (n_samples,)
    total : float
        Total weight, without class weights.

    Returns
    -------
    ndarray of shape (d, d)
    """
    if fit.loss is None:
        raise ValueError(
            "precision is available for squared, logistic, multinomial and log-link losses, not for this model with "
            f"link {fit.link!r}. Leave X out: Source.from_estimator(model)."
        )
    coef, intercept = np.atleast_2d(fit.coef), np.atleast_1d(fit.intercept)
    intercept = np.broadcast_to(intercept, len(coef))
    precision = information(design, weight, coef.astype(np.float64), intercept, fit.loss, fit.power)
    n_rows, p = coef.shape
    slopes, ground = fit.penalty(total)
    slopes = slopes if np.ndim(slopes) == 2 else np.broadcast_to(slopes, n_rows)
    ground = np.broadcast_to(ground, n_rows)
    for k in range(n_rows):
        where = indices(n_rows, p, [k], range(p))
        precision[np.ix_(where, where)] += _penalty(chain, p, slopes[k], ground[k])
    return precision


def pull_back(chain):
    """The matrix that takes [coef_raw; intercept_raw] to [coef_z; intercept_z], shape (q + 1, p + 1)."""
    inverse = np.linalg.pinv(_dense(chain.matrix).T)
    back = np.zeros((inverse.shape[0] + 1, inverse.shape[1] + 1))
    back[:-1, :-1], back[-1, :-1], back[-1, -1] = inverse, -chain.offset @ inverse, 1.0
    return back


def pull_back_precision(precision, chain, n_rows):
    """A precision over [coef_z, row by row; intercepts] as one over [coef_raw, row by row; intercepts]."""
    back = np.kron(np.eye(n_rows), pull_back(chain))
    to, start = (_by_row(n_rows, width) for width in (len(chain.offset), chain.matrix.shape[1]))
    pulled = np.empty((back.shape[1],) * 2)
    pulled[np.ix_(start, start)] = back.T @ precision[np.ix_(to, to)] @ back
    return pulled


def _by_row(n_rows, n_features):
    """Positions of each row's slopes and intercept, row after row."""
    rows = (indices(n_rows, n_features, [k], range(n_features)) for k in range(n_rows))
    return np.concatenate(list(rows))


def _penalty(chain, p, slopes, ground):
    """One row's penalty curvature on [coef_raw; intercept_raw], shape (p + 1, p + 1)."""
    if chain is None or not (np.any(slopes) or ground):
        return np.diag(np.append(np.broadcast_to(slopes, p), ground).astype(np.float64))
    back = pull_back(chain)
    return back.T @ (np.append(np.broadcast_to(slopes, len(back) - 1), ground)[:, None] * back)


def _dense(matrix):
    return matrix.toarray() if sparse.issparse(matrix) else matrix
