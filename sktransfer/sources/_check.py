"""What the constructor of Source asks of its arguments; each check returns its own float64 copy."""

from numbers import Integral, Real

import numpy as np

from sktransfer.sources._labels import as_labels
from sktransfer.sources._precision import is_semidefinite, symmetric_to_binary, symmetrise

LINKS = (None, "identity", "logit", "log", "margin", "score", "sign")


def check_finite(array, name):
    """A float64 copy of finite numbers.

    Raises
    ------
    ValueError
        For what is not numbers, or not finite.
    """
    if array is None:
        raise ValueError(f"{name} must hold numbers, got None.")
    try:
        array = np.array(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers, got {type(array).__name__}: {error}") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity. Fit the source on clean data.")
    return array


def check_coef(coef):
    """Coefficients of shape (p,) or (K, p), p >= 1."""
    coef = check_finite(coef, "coef")
    if coef.ndim not in (1, 2) or coef.size == 0:
        raise ValueError(
            f"coef must have shape (n_features,) or (n_outputs, n_features) with at least one feature, "
            f"got shape {coef.shape}."
        )
    return coef


def check_intercept(intercept, coef):
    """Intercepts of shape () for a 1-dimensional coef, (K,) for a 2-dimensional one."""
    intercept = check_finite(intercept, "intercept")
    n_rows = 1 if coef.ndim == 1 else len(coef)
    if intercept.shape not in ((), (1,), (n_rows,)) or (n_rows > 1 and intercept.shape == (1,)):
        raise ValueError(
            f"intercept must be a scalar or have shape ({n_rows},), one for each row of coef (shape "
            f"{coef.shape}); got shape {intercept.shape}."
        )
    if coef.ndim == 1:
        return intercept.reshape(())
    return np.broadcast_to(intercept, (n_rows,)).copy()


def check_precision(precision, coef):
    """A symmetric positive semidefinite precision over [coef row by row; intercepts], or None."""
    if precision is None:
        return None
    precision = check_finite(precision, "precision")
    size = coef.size + (1 if coef.ndim == 1 else len(coef))
    if precision.shape != (size, size):
        raise ValueError(
            f"precision must have shape ({size}, {size}), over the {coef.size} coefficients row by row and "
            f"then the {size - coef.size} intercept(s); got shape {precision.shape}."
        )
    gap = np.max(np.abs(precision - precision.T))
    if gap > 1e-8 * np.max(np.abs(precision)):
        raise ValueError(
            f"precision must be symmetric, but it differs from its transpose by {gap:.3g}. "
            "Give (P + P.T) / 2 if the difference is rounding."
        )
    precision = symmetrise(precision)
    if not is_semidefinite(precision):
        raise ValueError("precision must be positive semidefinite, but it has a negative eigenvalue.")
    return precision


def check_units(units, n_features):
    """Centres and sizes (2, p), sizes not negative, or None."""
    if units is None:
        return None
    units = check_finite(units, "units")
    if units.shape != (2, n_features):
        raise ValueError(
            f"units must have shape (2, {n_features}), what each feature is shifted by and divided by; got shape "
            f"{units.shape}."
        )
    if np.any(units[1] < 0):
        raise ValueError(f"units must not divide by a negative number, got {units[1].min()}.")
    return units


def check_classes(classes, coef, intercept, precision):
    """Labels matching the rows of coef; two rows for two classes become one, their difference.

    Returns
    -------
    classes, coef, intercept, precision
    """
    if classes is None:
        return None, coef, intercept, precision
    classes = as_labels(classes)
    n_rows = 1 if coef.ndim == 1 else len(coef)
    if len(classes) == 2 and n_rows == 2:
        coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        precision = None if precision is None else symmetric_to_binary(precision)
    elif len(classes) < 2 or n_rows != (1 if len(classes) == 2 else len(classes)):
        raise ValueError(
            f"classes must match the rows of coef: 2 labels for one row, K >= 3 labels for K rows; got "
            f"{len(classes)} label(s) and {n_rows} row(s)."
        )
    return classes, coef, intercept, precision


def check_names(feature_names, n_features, who="feature_names"):
    """Feature names as a tuple of unique strings, or None.

    Raises
    ------
    ValueError
        For another number of names than features, names that are not strings, or repeated ones.
    """
    if feature_names is None:
        return None
    if isinstance(feature_names, str):
        raise ValueError(f"{who} must be a sequence of strings, got the one string {feature_names!r}.")
    names = tuple(feature_names)
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"{who} must be strings, got {names!r}. Convert them with str.")
    names = tuple(str(name) for name in names)
    if len(names) != n_features:
        raise ValueError(f"{who} must hold one name per feature: {n_features} features, {len(names)} names.")
    if len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{who} must be unique, got {', '.join(map(repr, repeated))} more than once.")
    return names


def check_n_samples(n_samples):
    """A finite number above 0 (rows, or a sum of weights), or None."""
    if n_samples is None:
        return None
    if isinstance(n_samples, bool) or not isinstance(n_samples, Real) or not 0 < n_samples < np.inf:
        raise ValueError(f"n_samples must be a finite number above 0 or None, got {n_samples!r}.")
    return int(n_samples) if isinstance(n_samples, Integral) else float(n_samples)


def check_name(name):
    """A string or None."""
    if name is not None and not isinstance(name, str):
        raise ValueError(f"name must be a string or None, got {name!r}.")
    return name


def check_link(link):
    """One of the known links, or None for unknown."""
    if not (link is None or isinstance(link, str)) or link not in LINKS:
        raise ValueError(f"link must be None, 'identity', 'logit', 'log', 'margin', 'score' or 'sign', got {link!r}.")
    return link
