"""Sources up to a factor each: ``theta_s = sum_k beta_k theta_k`` with beta fitted on the target's rows.

Each is aligned by itself; :func:`combined` then makes them one.
"""

import numpy as np

from sktransfer.sources._alignment import Alignment
from sktransfer.sources._classes import _union
from sktransfer.sources._immutable import Immutable
from sktransfer.sources._source import make_source


class SeveralSources(Immutable):
    """What a list in ``source=`` stands for.

    Parameters
    ----------
    members : tuple of Source
        One or more, none of them null.
    """

    __slots__ = ("members",)

    is_null = False
    link = precision = None

    def __init__(self, members):
        object.__setattr__(self, "members", tuple(members))

    @property
    def classes(self):
        """Union of the members' labels; None for regressors."""
        classes = None
        for member in self.members:
            if member.classes is not None:
                classes = member.classes if classes is None else _union(classes, member.classes)
        return classes

    def __eq__(self, other):
        return self.members == other.members if isinstance(other, SeveralSources) else NotImplemented

    def __hash__(self):
        return hash(self.members)

    def __reduce__(self):
        return SeveralSources, (self.members,)

    def __repr__(self):
        return f"SeveralSources({list(self.members)!r})"


def combined(members, weights=None):
    """Aligned sources, which are its ``members``, added up; intercept and precision are the mean of theirs.

    Parameters
    ----------
    members : sequence of Source
    weights : ndarray of shape (n_sources,) or (n_outputs, n_sources), default=None
        Of the slopes; None is the mean.
    """
    first, share = members[0], 1 / len(members)
    weights = np.full(len(members), share) if weights is None else np.asarray(weights)
    slopes = np.stack([member.coef for member in members])
    known = all(member.precision is not None for member in members)
    sizes = [member.n_samples for member in members]
    return make_source(
        coef=np.einsum("ck,kcp->cp", np.broadcast_to(weights, slopes.shape[1::-1]), slopes),
        intercept=share * np.sum([member.intercept for member in members], axis=0),
        precision=share * np.sum([member.precision for member in members], axis=0) if known else None,
        classes=first.classes,
        feature_names=first.feature_names,
        n_samples=None if None in sizes else float(np.sum(sizes)),
        name=first.name if len(members) == 1 else None,
        link=first.link,
        units=_met([member.units for member in members]),
        alignment=_joined([member.alignment for member in members]),
        members=tuple(members),
    )


def _met(units):
    """The mean of the centres and sizes of those who know a feature; 0 where none does, None if any has no units."""
    if any(each is None for each in units):
        return None
    units = np.array(units)
    known = np.maximum(np.sum(units[:, 1] > 0, axis=0), 1)
    return np.sum(units, axis=0) / known


def _joined(reports):
    """What all lack is added, what none needs is dropped, what one knows is known."""

    def in_all(name):
        first, *others = (getattr(report, name) for report in reports)
        return tuple(item for item in first if all(item in other for other in others))

    return Alignment(
        added_features=in_all("added_features"),
        dropped_features=in_all("dropped_features"),
        added_classes=in_all("added_classes"),
        dropped_classes=in_all("dropped_classes"),
        known_features=np.any([report.known_features for report in reports], axis=0),
        known_classes=np.any([report.known_classes for report in reports], axis=0),
    )
