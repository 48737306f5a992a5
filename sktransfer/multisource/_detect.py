"""Which sources help the target: by held-out rows of the target.

    1. singles  the target pooled with each source by itself, held out
    2. order    sources from the best to the worst of these
    3. pools    S_0 = {} in S_1 in S_2 ..., S_j the target and the j best: each held out
    4. weights  w_j ~ exp(-z_j^2 / 2), z_j how many standard errors the loss of S_j is above the lowest
    5. choice   sources that pools of more than half the weight hold

Standard errors are of differences, row by row. A pool that is clearly worse than the best so far ends the search: those
after it hold worse sources still.
"""

from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import indexable

from sktransfer._base import LinearTransfer
from sktransfer.joint._lots import members
from sktransfer.multisource._held_out import HeldOut
from sktransfer.multisource._pools import Pools
from sktransfer.sources import SourceData

_ALL_UP_TO = 12
_GROWTH = 1.35
_CLEARLY = 2.0
_HALF = 0.5
_NUMBERS, _SHOWN = "biuf", 5


class Detection(NamedTuple):
    """What held-out rows of the target say of the sources: see :func:`detect_sources`."""

    detected: list
    evidence: dict
    target_loss: float


def detect_sources(sources, X, y, estimator, *, sample_weight=None, cv="auto"):
    """Find the sources that help to predict the target's rows.

    Parameters
    ----------
    sources : list of SourceData
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The target's rows.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    estimator : estimator
        A linear estimator of this library, such as :class:`~sktransfer.linear_model.TransferLasso`. It is cloned, never
        changed; its strength is chosen along a path.
    sample_weight : array-like of shape (n_samples,), default=None
    cv : "auto", int, splitter or iterable, default="auto"
        How the target's rows are held out. "auto": five folds, drawn from what is in the rows, so that their order
        does not matter; rows of the same features lie in one fold, and labels are shared evenly.

    Returns
    -------
    Detection
        A named tuple. ``detected``: names of the sources found to help, or their places in the list where they have
        none of their own. ``target_loss``: held-out loss of the target alone. ``evidence``: a dict of lists with
        one entry for each source, ready for ``pandas.DataFrame``. "source": its name or place. "single": the held-out
        loss of the target's rows under the fit with this source and no other; "change": that minus ``target_loss``, and
        "se" the standard error of this difference over rows. "rank": 1 is the source with the lowest. "pooled": the
        held-out loss of the fit with all sources up to this rank; NaN where that was not tried. "weight": that
        of all pools with the source, between 0 and 1. "detected": whether it is above one half.

    Raises
    ------
    TypeError
        If a source does not hold rows, or the estimator is not one of this library's linear ones.
    ValueError
        If there is no source, or a source lacks columns or has labels of its own.

    See Also
    --------
    PooledTransferRegressor, PooledTransferClassifier : Detect, pool, debias.

    Notes
    -----
    Tian and Feng (2023) pool the target with each source by itself and keep the sources whose held-out loss is not more
    than ``max(sd, 0.01)`` above the target's, sd over three folds. Here that only orders the sources; pools of the best
    one, two, three, ... are held out, so that sources are judged together, and losses are compared row by row. No pool
    is clearly the best among those that are nearly as good, so each has a weight, as in averages of models. With many
    sources not every size is tried.

    Smooth losses of a pool's sources are taken to second order about the fit to all rows of pool and target, and of
    sources with more than about 10,000 rows (or 100 for each parameter) some rows are visited again and again,
    corrected to the gradient and second derivative of all; the target's losses are never approximated. Held-out losses
    then differ from those of exact fits by some hundredths of a standard error; of squared loss they are exact.

    References
    ----------
    Tian and Feng (2023), Transfer Learning under High-Dimensional Generalized Linear Models.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer.linear_model import TransferLasso
    >>> from sktransfer.multisource import detect_sources
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_a, X_b, X = rng.normal(size=(80, 9)), rng.normal(size=(80, 9)), rng.normal(size=(40, 9))
    >>> coef = np.repeat([1.0, 0.0], [3, 6])
    >>> alike = SourceData(X_a, X_a @ coef + rng.normal(size=80), name="alike")
    >>> flipped = SourceData(X_b, -X_b @ coef + rng.normal(size=80), name="flipped")
    >>> detect_sources([flipped, alike], X, X @ coef + rng.normal(size=40), TransferLasso()).detected
    ['alike']
    """
    check_twin(estimator, "detect_sources")
    found = check_sources(sources)
    if not found:
        raise ValueError("there are no sources to choose from: give a list of one SourceData or more.")
    X, y, sample_weight = indexable(X, y, sample_weight)
    return Search(estimator, found, X, y, sample_weight, cv).detection


def check_twin(estimator, who):
    """Refuse what is not a linear estimator of this library.

    Raises
    ------
    TypeError
        If it is not.
    """
    if isinstance(estimator, type) or not isinstance(estimator, LinearTransfer):
        raise TypeError(
            f"{who} needs a linear estimator of this library, such as TransferLasso() or "
            f"TransferLogisticRegression(l1_ratio=1); got {estimator!r}"
        )


def check_sources(sources):
    """The sources as the joint room knows them: list of Weighed.

    Raises
    ------
    TypeError
        If it is not a list of SourceData, or of pairs of one and its weight.
    """
    if sources is None:
        return []
    if not isinstance(sources, (list, tuple)):
        raise TypeError(f"sources must be a list of SourceData or None, got {type(sources).__name__}")
    found = members(list(sources)) if sources else []
    for place, member in enumerate(found):
        if not isinstance(member.data, SourceData):
            raise TypeError(
                f"sources[{place}] is known by sums, {member.data!r}; to be judged against held-out rows it must be "
                "rows: SourceData(X, y)."
            )
    return found


def labels_of(found):
    """How sources are called: by name, or by their place where they have none of their own."""
    names = [member.data.name for member in found]
    return [place if name is None or names.count(name) > 1 else name for place, name in enumerate(names)]


def check_labels(found, y):
    """Refuse sources with labels that no row of the target has.

    Raises
    ------
    ValueError
        If there are.
    """
    known = np.unique(np.asarray(y))
    for name, member in zip(labels_of(found), found, strict=True):
        theirs = np.unique(np.asarray(member.data.y))
        if (theirs.dtype.kind in _NUMBERS) != (known.dtype.kind in _NUMBERS):
            continue  # numbers and strings: refused where rows are joined
        others = theirs[~np.isin(theirs, known)].tolist()
        if others:
            some = f"{others[:_SHOWN]}" + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
            raise ValueError(
                f"the source {name!r} has rows labelled {some}, and no row of the target is. Leave these rows out."
            )


class Search:
    """The sources in order, and pools of the best held out.

    Parameters
    ----------
    estimator : LinearTransfer
    found : list of Weighed
    X, y, sample_weight : the target's rows
    cv : as in :func:`detect_sources`
    everything : bool, default=False
        Whether to try the pool of all sources only.

    Attributes
    ----------
    held_out : HeldOut
    trials : list of Trial
        Pools, the target alone among them unless ``everything``.
    weights : ndarray of shape (n_trials,)
    detection : Detection
    """

    def __init__(self, estimator, found, X, y, sample_weight, cv, everything=False):
        if is_classifier(estimator):
            check_labels(found, y)
        self.pools = Pools(estimator, found, X, y, sample_weight)
        self.held_out = HeldOut(self.pools, cv, y)
        target = self.held_out.pooled([])
        singles = [self.held_out.pooled([place]) for place in range(len(found))]
        order = sorted(range(len(found)), key=lambda place: self.mean(singles[place]))
        pools = {0: target, 1: singles[order[0]]}
        for size in [len(found)] if everything else sizes(len(found)):
            if size not in pools:
                pools[size] = self.held_out.pooled(sorted(order[:size]))
            if not everything and self._is_over(pools[size], pools):
                break
        self.trials = [pools[len(found)]] if everything else list(pools.values())
        self.weights = self.held_out.weights(self.trials)
        self.detection = self._detected(labels_of(found), singles, order, pools)

    def mean(self, trial):
        """Mean held-out loss of a trial."""
        return self.held_out.mean(trial.losses)

    def _is_over(self, trial, pools):
        """Whether a pool is clearly worse than the best."""
        best = min(pools.values(), key=self.mean)
        behind, error = self.held_out.compare(trial.losses, best.losses)
        return behind > _CLEARLY * error

    def _detected(self, names, singles, order, pools):
        changes = [self.held_out.compare(single.losses, pools[0].losses) for single in singles]
        places = range(len(names))
        rank = [order.index(place) + 1 for place in places]
        held = [[place in trial.members for trial in self.trials] for place in places]
        weight = [float(self.weights[np.array(mask)].sum()) for mask in held]
        evidence = {
            "source": names,
            "single": [self.mean(single) for single in singles],
            "change": [change for change, _ in changes],
            "se": [error for _, error in changes],
            "rank": rank,
            "pooled": [self.mean(pools[each]) if each in pools else np.nan for each in rank],
            "weight": weight,
            "detected": [each > _HALF for each in weight],
        }
        detected = [name for name, each in zip(names, evidence["detected"], strict=True) if each]
        return Detection(detected, evidence, self.mean(pools[0]))


def sizes(n_sources):
    """How many of the best sources to pool, in turn: all numbers while they are small, then in growing steps."""
    found = list(range(1, min(n_sources, _ALL_UP_TO) + 1))
    while found[-1] < n_sources:
        found.append(min(n_sources, int(np.ceil(_GROWTH * found[-1]))))
    return found
