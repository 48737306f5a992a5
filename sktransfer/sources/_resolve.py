"""What ``source=`` may be: None, a Source, or a fitted model that one can be read from."""

import numpy as np

from sktransfer.sources import _check
from sktransfer.sources._alignment import Alignment
from sktransfer.sources._data import SourceData
from sktransfer.sources._immutable import Immutable
from sktransfer.sources._labels import as_labels
from sktransfer.sources._several import SeveralSources
from sktransfer.sources._source import Source, make_source

_ACCEPTED = (
    "source must be None, a Source, a fitted linear model, a fitted Pipeline of linear steps, a "
    "FrozenEstimator, a fitted search, or a list of these"
)


class NullSource(Immutable):
    """No source: aligned, it is zero everywhere and knows nothing."""

    __slots__ = ()

    is_null = True
    name = link = precision = classes = feature_names = n_samples = members = None

    def align(self, *, n_features, feature_names=None, classes=None, n_outputs=None):
        """An all-zero Source in the target's layout; see :meth:`Source.align`."""
        names = _check.check_names(feature_names, n_features, who="the target's feature_names")
        labels = () if classes is None else as_labels(classes, "the target's classes")
        n_known = len(labels) if len(labels) else n_outputs or 1
        n_rows = 1 if len(labels) == 2 else n_known
        return make_source(
            coef=np.zeros((n_rows, n_features)),
            intercept=np.zeros(n_rows),
            classes=None if classes is None else labels,
            feature_names=names,
            is_null=True,
            alignment=Alignment(
                added_features=tuple(range(n_features)) if names is None else names,
                dropped_features=(),
                added_classes=() if classes is None else labels.tolist(),
                dropped_classes=(),
                known_features=np.zeros(n_features, dtype=bool),
                known_classes=np.zeros(n_known, dtype=bool),
            ),
        )

    def require_link(self, link, who):
        """Fits every link."""

    def __eq__(self, other):
        return isinstance(other, NullSource)

    def __hash__(self):
        return hash(NullSource)

    def __reduce__(self):
        return NullSource, ()

    def __repr__(self):
        return "NullSource()"


def resolve(source):
    """What stands in ``source=``, as an object with ``align`` and ``require_link``, or with ``members`` that have them.

    Parameters
    ----------
    source : None, Source, fitted estimator, or list of the last two
        A linear model, a Pipeline of linear steps, a FrozenEstimator or a fitted search: see
        :meth:`Source.from_estimator`. In a list each counts times a factor, which is fitted.

    Returns
    -------
    Source, NullSource or SeveralSources

    Raises
    ------
    TypeError
        For anything else, SourceData included; the message says what to give instead.
    ValueError
        For an empty list.
    sklearn.exceptions.NotFittedError
        For an estimator that is not fitted.

    Examples
    --------
    >>> from sktransfer.sources import resolve
    >>> resolve(None).align(n_features=2).coef
    array([[0., 0.]])
    """
    for accepts, make in _KINDS:
        if accepts(source):
            return make(source)
    raise TypeError(
        f"{_ACCEPTED}; got {type(source).__name__}. If these are coefficients, give Source(coef, intercept)."
    )


def _is_estimator(source):
    return not isinstance(source, type) and (hasattr(source, "fit") or hasattr(source, "_as_source"))


def _refuse_rows(source):
    raise TypeError(
        f"{_ACCEPTED}; got SourceData, which holds rows. Fit a model on these rows and give that, or use "
        "AlphaWeightedRegressor or AlphaWeightedClassifier (sktransfer.joint), which learn from rows."
    )


def _refuse_class(source):
    raise TypeError(f"{_ACCEPTED}; got the class {source.__name__}. Give a fitted instance of it.")


def _several(sources):
    """Every member resolved; a list inside a list, and None, are no members."""
    if not sources:
        raise ValueError("source is an empty list. Give one source or more, or None for none.")
    members = [resolve(member) for member in sources]
    for given, member in zip(sources, members, strict=True):
        if not isinstance(member, Source):
            raise TypeError(f"a list in source= holds sources, got {given!r} in it. Leave it out.")
    return SeveralSources(members)


def _refuse_many(source):
    raise TypeError(
        f"{_ACCEPTED}; got a {type(source).__name__}. Give a list for several sources, and for coefficients give "
        "Source(coef, intercept)."
    )


_KINDS = (
    (lambda source: source is None, lambda source: NullSource()),
    (lambda source: isinstance(source, (Source, NullSource)), lambda source: source),
    (lambda source: isinstance(source, SourceData), _refuse_rows),
    (lambda source: isinstance(source, type), _refuse_class),
    (lambda source: isinstance(source, SeveralSources), lambda source: source),
    (lambda source: isinstance(source, (list, tuple)), _several),
    (lambda source: isinstance(source, (set, dict)), _refuse_many),
    (_is_estimator, Source.from_estimator),
)
