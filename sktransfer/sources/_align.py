"""Lay a source out for a target: features by name, classes by label.

Both halves speak of a *part*: coefficients (K, p), intercepts (K,) and a precision over them or None.
Features that are dropped go first, then classes are converted, then everything is placed among the target's
features.
"""

from typing import NamedTuple

import numpy as np

from sktransfer.sources._alignment import Alignment
from sktransfer.sources._labels import as_labels, positions
from sktransfer.sources._margins import convert_margins
from sktransfer.sources._precision import (
    binary_to_symmetric,
    embed,
    indices,
    marginalise,
    symmetric_to_binary,
)
from sktransfer.sources._source import make_source


class Part(NamedTuple):
    """Parameters on their way from one layout to another."""

    coef: np.ndarray
    intercept: np.ndarray
    precision: np.ndarray | None

    def keep(self, rows, columns):
        """Some rows and columns, in the order given; the others are marginalised."""
        kept = indices(*self.coef.shape, rows, columns)
        precision = None if self.precision is None else marginalise(self.precision, kept)
        return Part(self.coef[np.ix_(rows, columns)], self.intercept[rows], precision)

    def place(self, n_rows, n_features, rows, columns):
        """The same among more rows and columns; the others get zeros."""
        coef, intercept = np.zeros((n_rows, n_features)), np.zeros(n_rows)
        coef[np.ix_(rows, columns)] = self.coef
        intercept[rows] = self.intercept
        precision = self.precision
        if precision is not None:
            precision = embed(precision, n_rows, n_features, rows, columns)
        return Part(coef, intercept, precision)


def align(source, n_features, feature_names, classes, n_outputs):
    """What :meth:`Source.align` does, names already checked.

    Returns
    -------
    Source
    """
    where = match_features(source, n_features, feature_names)
    part = Part(np.atleast_2d(source.coef), np.atleast_1d(source.intercept), source.precision)
    known = where >= 0
    same = source.n_features == n_features and np.array_equal(where, np.arange(n_features))
    if not same:
        part = part.keep(np.arange(len(part.coef)), where[known])
    part, classes, class_report = _convert_rows(source, part, classes, n_outputs)
    if not same:
        n_rows = len(part.coef)
        part = part.place(n_rows, n_features, np.arange(n_rows), np.flatnonzero(known))
    return make_source(
        coef=part.coef,
        intercept=part.intercept,
        precision=part.precision,
        classes=classes,
        feature_names=feature_names,
        n_samples=source.n_samples,
        name=source.name,
        link=source.link,
        units=None if source.units is None else np.ascontiguousarray(np.where(known, source.units[:, where], 0.0)),
        is_null=source.is_null,
        alignment=Alignment(
            known_features=known,
            added_features=_named(np.flatnonzero(~known), feature_names),
            dropped_features=_named(_missing(source.n_features, where), source.feature_names),
            **class_report,
        ),
    )


def match_features(source, n_features, feature_names):
    """For each feature of the target, its position in the source, or -1.

    Returns
    -------
    ndarray of int, shape (n_features,)
    """
    if source.feature_names is None or feature_names is None:
        if source.n_features != n_features:
            raise ValueError(
                f"the source has {source.n_features} features and the target {n_features}: without names "
                "nothing says which is which. Give both feature names (Source(..., feature_names=...) and a "
                "DataFrame), or the same columns in the same order."
            )
        return np.arange(n_features)
    where = positions(feature_names, source.feature_names)
    if (where < 0).all():
        raise ValueError(
            f"the source and the target have no feature in common: the source knows "
            f"{_shortened(source.feature_names)}, the target has {_shortened(feature_names)}. "
            "Rename the columns of one of them."
        )
    return where


def _convert_rows(source, part, classes, n_outputs):
    """Rows of the source as rows of the target: the part, the target's labels and the report on classes."""
    if (source.classes is None) != (classes is None):
        kinds = ("regressor", "classifier") if source.classes is None else ("classifier", "regressor")
        raise ValueError(
            f"wrong family: the source is a {kinds[0]} and the target a {kinds[1]}. Give a source that is a "
            f"{kinds[1]}{' (Source(..., classes=...))' if classes is not None else ''}."
        )
    if classes is None:
        return part, None, _same_outputs(len(part.coef), n_outputs)
    classes = as_labels(classes, "the target's classes")
    if len(classes) < 2:
        raise ValueError(f"the target needs at least two classes, got {classes.tolist()}.")
    where = positions(classes, source.classes)
    known = where >= 0
    if not known.any():
        raise ValueError(
            f"the source and the target have no class in common: {source.classes.tolist()} and "
            f"{classes.tolist()}. Labels must be equal, and of the same type."
        )
    report = {
        "known_classes": known,
        "added_classes": classes[~known].tolist(),
        "dropped_classes": source.classes[_missing(len(source.classes), where)].tolist(),
    }
    convert = convert_margins if source.one_vs_rest else _convert_classes
    return Part(*convert(part, where)), classes, report


def _same_outputs(n_outputs_source, n_outputs):
    if n_outputs is not None and n_outputs != n_outputs_source:
        raise ValueError(
            f"the source has {n_outputs_source} output(s) and the target {n_outputs}. Give a source fitted "
            "on as many outputs, in the same order."
        )
    known = np.ones(n_outputs_source, dtype=bool)
    return {"known_classes": known, "added_classes": (), "dropped_classes": ()}


def _convert_classes(part, where):
    """Rows by label; ``where`` holds for each label of the target its position in the source's, or -1."""
    binary_target, p = len(where) == 2, part.coef.shape[1]
    if binary_target and len(part.coef) == 1 and (where >= 0).all():
        return part if where[0] == 0 else Part(-part.coef, -part.intercept, part.precision)
    part = _by_class(part, common=not binary_target)
    known = np.flatnonzero(where >= 0)
    part = part.keep(where[known], np.arange(p)).place(len(where), p, known, np.arange(p))
    return _difference(part, informed=len(known) == 2) if binary_target else part


def _by_class(part, common):
    """One row a class, centred: half of a binary row each way."""
    if len(part.coef) > 1:
        coef, intercept = part.coef - part.coef.mean(axis=0), part.intercept - part.intercept.mean()
        return Part(coef, intercept, part.precision)
    sides = np.array([-0.5, 0.5])
    precision = part.precision
    if precision is not None:
        precision = binary_to_symmetric(precision, common=common)
    return Part(sides[:, None] * part.coef, sides * part.intercept, precision)


def _difference(part, informed):
    """One row for two classes. Where the source knows one of them only, it says nothing of the difference."""
    precision = part.precision
    if precision is not None:
        size = len(precision) // 2
        precision = symmetric_to_binary(precision) if informed else np.zeros((size, size))
    return Part(part.coef[1:] - part.coef[:1], part.intercept[1:] - part.intercept[:1], precision)


def _missing(size, where):
    """Positions below ``size`` that ``where`` does not hold."""
    missing = np.ones(size, dtype=bool)
    missing[where[where >= 0]] = False
    return np.flatnonzero(missing)


def _named(found, names):
    return tuple(int(i) if names is None else names[i] for i in found)


def _shortened(names, most=5):
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"
