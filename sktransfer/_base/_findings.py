"""What a fitted transfer estimator found, as data: sentences are written from it, pictures drawn from it.

An estimator says it with one method, ``_findings() -> Findings``; who reads it asks for nothing else.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array

from sktransfer._designs import as_design
from sktransfer.sources import resolve

CANDIDATES, FACTORS, DETECTED = "candidates", "factors", "detected"


class Axis(NamedTuple):
    """The hyper-parameter along which an estimator borrows more, or less.

    Attributes
    ----------
    name : str
    rising : bool
        Whether a larger value borrows more.
    scale : {"log", "logit"}
        On which its values lie evenly.
    """

    name: str
    rising: bool
    scale: str = "log"


class Reference(NamedTuple):
    """What coefficients and losses are held against: see `Borrowing.reference`.

    Attributes
    ----------
    loss : str
        The loss's name, as it is said to users.
    n_rows : float
        The target's rows, counted with their weights.
    has_source : bool
    coef : ndarray of shape (n_outputs, n_features) or None
        The aligned source's; None where there are no such coefficients.
    spread : ndarray of shape (n_features,) or None
        Standard deviations of the features.
    alignment : Alignment or None
    """

    loss: str
    n_rows: float
    has_source: bool
    coef: np.ndarray | None = None
    spread: np.ndarray | None = None
    alignment: object = None


class Moves(NamedTuple):
    """Coefficients before and after.

    Attributes
    ----------
    source, target : ndarray of shape (n_outputs, n_features)
    features : tuple of str
    outputs : tuple of str
        What each row of coefficients is of; one empty word where there is one row.
    spread : ndarray of shape (n_features,) or None
        Standard deviations of the features.
    origin : str
        Whose the coefficients before are.
    """

    source: np.ndarray
    target: np.ndarray
    features: tuple
    outputs: tuple
    spread: np.ndarray | None = None
    origin: str = "the source's"

    @property
    def units(self):
        """What each feature's coefficients are multiplied with to be compared: (n_features,)."""
        return np.ones(len(self.features)) if self.spread is None else self.spread

    def largest(self):
        """(output, feature) of all coefficients that moved, the largest moves first."""
        change = self.target - self.source
        order = np.argsort(-np.abs(change) * self.units, axis=None, kind="stable")
        return [tuple(map(int, np.unravel_index(at, change.shape))) for at in order if change.flat[at] != 0]

    def name(self, output, feature):
        """What a coefficient is called."""
        return f"{self.features[feature]} ({self.outputs[output]})" if self.outputs[output] else self.features[feature]

    def measured(self, X, sample_weight=None):
        """The same in units of the features' standard deviations over rows."""
        return self if X is None else self._replace(spread=spread_of(X, sample_weight))


class Shares(NamedTuple):
    """What the parts of a fit count.

    Attributes
    ----------
    kind : {"candidates", "factors", "detected"}
        Shares of a mixture, fitted factors of sources, or the weight of all pools that hold a source.
    names : tuple of str
    weights : ndarray of shape (n_groups, n_names)
    groups : tuple of str
        Outputs that have their own; one empty word where there are none.
    chosen : tuple of bool
        The heaviest candidate's family; the sources found to help.
    """

    kind: str
    names: tuple
    weights: np.ndarray
    groups: tuple = ("",)
    chosen: tuple = ()


class Gain(NamedTuple):
    """What the source brings on held-out rows, and how sure that is.

    Attributes
    ----------
    value, error : float
        How much better than without the source, and the standard error of the difference; NaN where nothing without
        a source was tried.
    measure : str
        What is compared: a loss's name, or a scorer's.
    with_source, without : float
        Loss or score.
    lower : bool
        Whether less of it is better.
    """

    value: float
    error: float
    measure: str
    with_source: float
    without: float
    lower: bool


class Findings(NamedTuple):
    """All of it; what an estimator does not know is None.

    Attributes
    ----------
    has_source : bool
    leans : bool
        Whether anything of the source is in what predicts.
    worth : float or None
        Target rows that the source was worth.
    n_rows : float or None
        Target rows, counted with their weights.
    gain : Gain or None
    moves : Moves or None
    shares : tuple of Shares
    alignment : Alignment or None
    notes : tuple of str
        Sentences of the estimator's own.
    """

    has_source: bool
    leans: bool = True
    worth: float | None = None
    n_rows: float | None = None
    gain: Gain | None = None
    moves: Moves | None = None
    shares: tuple = ()
    alignment: object = None
    notes: tuple = ()

    def of_kind(self, kind):
        """The shares of a kind, or None."""
        return next((each for each in self.shares if each.kind == kind), None)


def spread_of(X, sample_weight=None):
    """Standard deviation of each column: (n_features,)."""
    design = as_design(check_array(X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32)))
    weight = np.ones(design.n_samples) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    return np.sqrt(design.mean_and_variance(weight)[1])


def moves_between(fitted, source, target, **options):
    """Moves of a fitted estimator's coefficients, in any of scikit-learn's shapes."""
    source, target = (np.atleast_2d(np.asarray(part, dtype=np.float64)) for part in (source, target))
    names = getattr(fitted, "feature_names_in_", None)
    features = [f"x{j}" for j in range(target.shape[1])] if names is None else map(str, names)
    return Moves(source, target, tuple(features), outputs_of(fitted, len(target)), **options)


def outputs_of(fitted, n_outputs):
    """What each row of coefficients is of: a label, or an output's number."""
    if n_outputs == 1:
        return ("",)
    labels = getattr(fitted, "classes_", range(n_outputs))
    return tuple(map(str, labels if len(labels) == n_outputs else range(n_outputs)))


def findings_of_twin(twin):
    """What a fitted linear twin found."""
    coordinates = twin._prior[1]
    return Findings(
        has_source=not twin.source_.is_null,
        worth=getattr(twin, "effective_sample_size_", np.nan),
        n_rows=twin._n_rows,
        moves=moves_between(twin, twin.source_coef_, twin.coef_, spread=getattr(coordinates, "scale", None)),
        shares=factors_of(twin),
        alignment=twin.source_.alignment,
    )


def factors_of(twin):
    """The fitted factors of several sources, as shares; none where each stands for itself."""
    if not hasattr(twin, "source_weights_"):
        return ()
    weights = np.atleast_2d(twin.source_weights_)
    names = names_of(member.name for member in twin.source_.members or resolve(twin.source).members)
    return (Shares(FACTORS, names, weights, outputs_of(twin, len(weights))),)


def names_of(names):
    """What sources are called: by name, or by their place where they have none of their own."""
    names = list(names)
    own = [name is not None and names.count(name) == 1 for name in names]
    return tuple(str(names[k]) if own[k] else f"source {k}" for k in range(len(names)))
