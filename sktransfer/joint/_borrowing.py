"""How an alpha-weighted estimator borrows: by alpha, and by the strength of a linear twin inside.

    "target"     alpha = 0          "source"    alpha = 1
    "pooled"     alpha = 1/2        "transfer"  alphas in between

The automatic alphas are a grid in log-odds: ``alpha W_s / ((1 - alpha) W_t)``, the share of the sources' weight in the
fit against the target's, goes from a thousandth to ten times what pooling gives, so that many source rows do not hide
the useful range.
"""

import copy
from itertools import product

import numpy as np
from sklearn.base import clone, is_classifier

from sktransfer._base._borrowing import Borrowing, Candidate, refitted
from sktransfer._base._findings import Axis, Reference
from sktransfer._base._mixture import Mixture
from sktransfer._base._strength_grid import values_of
from sktransfer.joint._family import Family
from sktransfer.joint._lots import members

LEAST, MOST = 1e-3, 10.0
PER_DECADE, PER_DECADE_OF_REFITS = 2, 1
EVERY = 3  # of a twin's own grid of strengths, where it meets a grid of alphas
_NAMES = {0.0: "target", 0.5: "pooled", 1.0: "source"}
_AMOUNTS = {"target": 0, "transfer": 1, "source": 2, "pooled": 3}
_INNER = "estimator__"


class JointBorrowing(Borrowing):
    """The protocol for AlphaWeightedRegressor and AlphaWeightedClassifier.

    Parameters
    ----------
    model : AlphaWeighted
    """

    def __init__(self, model):
        self._model, self._members = model, members(model.source)
        self._inner = getattr(model.estimator, "_borrowing", None)

    @property
    def has_path(self):
        """Leave-one-out without refitting is for linear twins that have it, where alpha is weights and nothing else.

        Standardisation and balanced class weights would change with alpha, too. Rows in blocks have a path where their
        moments say all.
        """
        twin = self._model.estimator
        if not getattr(twin, "_takes_joined", False) or not self._inner.has_path:
            return False
        if any(member.in_blocks for member in self._members) and (is_classifier(twin) or not twin._quadratic):
            return False
        return twin._shares_are_weights or not self._members

    @property
    def likelihood(self):
        """A twin's own; of others log-loss for labels, squared error for numbers."""
        if self._inner is not None:
            return self._inner.likelihood
        return "chances" if is_classifier(self._model.estimator) else "squares"

    @property
    def axis(self):
        """Alpha, evenly in its log-odds."""
        return Axis("alpha", rising=True, scale="logit")

    def reference(self, X, y, sample_weight):
        """The name of the loss: sources are rows here, without coefficients of their own."""
        n_rows, has_source = float(len(y) if sample_weight is None else np.sum(sample_weight)), bool(self._members)
        if self._inner is not None:
            return Reference(self._inner.reference(X, y, sample_weight).loss, n_rows, has_source)
        loss = "log-loss" if is_classifier(self._model.estimator) else "mean squared error"
        return Reference(loss, n_rows, has_source)

    def candidates(self, X, y, sample_weight, grid):
        """The target's rows alone, the source's alone, pooled, and alphas in between; each at all strengths.

        ``grid`` is "auto", an array of alphas, or a dict that may also hold parameters of the estimator, such as
        ``estimator__C``.
        """
        given = self._given(grid)
        alphas = given.pop("alpha", None)
        if alphas is None:
            alphas = self._alphas(X, sample_weight)
        strength = self._strength_name
        own = self._natural(X, y, sample_weight) if strength is not None and strength not in given else None
        if not self._members:
            return [Candidate("target", params, (0,)) for params in _ladder(given, strength, own)]
        found = []
        for alpha in sorted({0.0, 0.5, 1.0, *alphas}):
            name = _NAMES.get(alpha, "transfer")
            strengths = own if own is None or name == "target" else own[::EVERY]
            for params in _ladder(given, strength, strengths):
                found.append(Candidate(name, {"alpha": alpha, **params}, self._amount(name, alpha, params)))
        return found

    def _amount(self, name, alpha, params):
        """More alpha borrows more; then a stronger pull, which is to the twin's own source or to zero."""
        if name != "transfer" or self._strength_name not in params:
            return (_AMOUNTS[name], alpha)
        return (1, alpha, self._strength.to(params[self._strength_name]))

    def _given(self, grid):
        """A dict from parameter names to lists of values."""
        if isinstance(grid, str):
            if grid != "auto":
                raise ValueError(f"grid must be 'auto', an array of values of 'alpha', or a dict; got {grid!r}")
            return {}
        grid = grid if isinstance(grid, dict) else {"alpha": grid}
        known = {"alpha", *(_INNER + name for name in self._model.estimator.get_params())}
        unknown = sorted(set(grid) - known)
        if unknown:
            raise ValueError(
                f"grid names {unknown[0]!r}, which is neither 'alpha' nor a parameter of the estimator, such as "
                f"{self._strength_name or _INNER + 'max_depth'!r}"
            )
        found = {name: list(np.atleast_1d(values)) for name, values in grid.items() if name != "alpha"}
        if self._strength_name in found:
            found[self._strength_name] = values_of(self._strength_name, found[self._strength_name])
        if "alpha" in grid:
            found["alpha"] = values_of("alpha", grid["alpha"])
            if max(found["alpha"]) > 1:
                raise ValueError(f"grid must hold values of 'alpha' between 0 and 1, got {max(found['alpha'])}")
        return found

    @property
    def _strength(self):
        return self._model.estimator._strength_parameter

    @property
    def _strength_name(self):
        """The name of a path's strength, as a parameter of the whole; None where there is no path."""
        return _INNER + self._strength.name if self.has_path else None

    def _alphas(self, X, sample_weight):
        """The automatic grid."""
        target = np.shape(X)[0] if sample_weight is None else float(np.sum(sample_weight))
        sources = sum(member.weight * member.total for member in self._members)
        if not self._members:
            return [0.0]
        pooled = sources / target
        most = max(MOST * pooled, MOST)
        per_decade = PER_DECADE if self.has_path else PER_DECADE_OF_REFITS
        shares = np.geomspace(LEAST, most, 1 + int(np.ceil(per_decade * np.log10(most / LEAST))))
        return (shares / (shares + pooled)).tolist()

    def _natural(self, X, y, sample_weight):
        """The twin's own grid of strengths for the target's rows."""
        return self._inner.strengths(X, y, sample_weight)

    def held_out(self, X, y, sample_weight, candidates):
        """Exact for squared loss, approximate for the others; alphas and strengths of one family share their sums."""
        data, losses, families = (X, y, sample_weight), [None] * len(candidates), {}
        for place, candidate in enumerate(candidates):
            alpha, value, rest = self._split(candidate.params)
            families.setdefault(repr(sorted(rest.items())), (rest, []))[1].append((place, alpha, value))
        known = [self._summed(member) if member.in_blocks else member for member in self._members]
        for rest, points in families.values():
            family = Family(self._model, known, rest, data)
            for place, loss in family.held_out(points):
                losses[place] = loss
        return losses

    def _summed(self, member):
        """A source whose rows lie in blocks, by its moments."""
        return member._replace(data=member.data.summarize(clone(self._model.estimator)))

    def _split(self, params):
        """(alpha, strength, the twin's other parameters) of a candidate."""
        rest = {name.removeprefix(_INNER): value for name, value in params.items() if name.startswith(_INNER)}
        value = rest.pop(self._strength.name, getattr(self._model.estimator, self._strength.name))
        return params.get("alpha", 0.0) if self._members else 0.0, self._strength.to(value), rest

    def row_losses(self, fitted, X, y):
        """The loss that a twin minimises; of others log-loss for labels, squared error for numbers."""
        inner, X = fitted.estimator_, fitted._rows_for(X)
        if hasattr(inner, "_row_losses"):
            return inner._row_losses(X, y)
        if is_classifier(inner):
            return _log_losses(inner, X, y)
        error = np.asarray(y, dtype=np.float64) - inner.predict(X)
        return np.mean(error.reshape(len(error), -1) ** 2, axis=1)

    def fitted(self, X, y, sample_weight, candidates, chosen):
        """Clones, each fitted."""
        return refitted(self._model, X, y, sample_weight, candidates)

    def average(self, fitted, weights):
        """Of twins their own mean; of others that of predictions or probabilities."""
        result, inner = copy.copy(fitted[int(np.argmax(weights))]), [each.estimator_ for each in fitted]
        result.estimator_ = Mixture(inner, weights) if self._inner is None else self._inner.average(inner, weights)
        return result


def _ladder(given, strength, values):
    """All combinations of given values, and of a strength's, where it has any: list of dict."""
    given = given if values is None else {**given, strength: values}
    return [dict(zip(given, point, strict=True)) for point in product(*given.values())]


def _log_losses(classifier, X, y):
    """Log-loss of each row; no probability is less than what scikit-learn's log_loss takes for 0."""
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            f"{type(classifier).__name__} has no predict_proba, so its held-out rows have no log-loss. Give TransferCV "
            "a scoring, such as 'accuracy'."
        )
    y, proba = np.asarray(y), classifier.predict_proba(X)
    known = np.isin(y, classifier.classes_)
    at = np.where(known, np.searchsorted(classifier.classes_, y), 0).clip(max=len(classifier.classes_) - 1)
    chances = np.where(known, proba[np.arange(len(y)), at], 0.0)
    return -np.log(np.maximum(chances, np.finfo(np.float64).eps))
