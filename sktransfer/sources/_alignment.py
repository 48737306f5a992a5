"""The report of an alignment: what the source knew of the target's features and classes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a source was laid out for a target.

    Attributes
    ----------
    added_features : tuple
        Features of the target that the source lacks: names, or positions where there are no names.
    dropped_features : tuple
        Features of the source that the target lacks.
    added_classes, dropped_classes : tuple
        The same for class labels; empty for regressors.
    known_features : ndarray of bool, shape (n_features,)
        For each feature of the target, whether the source has it.
    known_classes : ndarray of bool, shape (n_classes,) or (n_outputs,)
        For each *label* of the target (two of them for a binary target, whose coefficients are one row),
        or for each output of a regressor, whether the source has it.
    scale : float
        The factor fitted to a source that was on another scale (margins for log-odds); 1 for all others.
    """

    added_features: tuple
    dropped_features: tuple
    added_classes: tuple
    dropped_classes: tuple
    known_features: np.ndarray
    known_classes: np.ndarray
    scale: float = 1.0

    def __post_init__(self):
        for name in ("known_features", "known_classes"):
            known = np.array(getattr(self, name), dtype=bool)
            known.flags.writeable = False
            object.__setattr__(self, name, known.view())
        for name in ("added_features", "dropped_features", "added_classes", "dropped_classes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def _key(self):
        masks = (tuple(self.known_features.tolist()), tuple(self.known_classes.tolist()))
        return (*self._tuples(), *masks, self.scale)

    def _tuples(self):
        return self.added_features, self.dropped_features, self.added_classes, self.dropped_classes

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Alignment) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __reduce__(self):
        return Alignment, (*self._tuples(), self.known_features, self.known_classes, self.scale)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __str__(self):
        known = int(self.known_features.sum())
        lines = [f"The source knows {known} of {len(self.known_features)} features."]
        notes = (
            ("Features it lacks (prior mean 0)", self.added_features),
            ("Features of its own that are dropped", self.dropped_features),
            ("Classes it lacks (prior mean 0)", self.added_classes),
            ("Classes of its own that are dropped", self.dropped_classes),
        )
        lines += [f"{what}: {', '.join(map(str, items))}." for what, items in notes if items]
        lines += [f"It was on another scale and is taken {self.scale:.3g} times."] if self.scale != 1.0 else []
        return "\n".join(lines)
