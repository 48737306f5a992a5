"""What each candidate, or each of several sources, counts in a fit."""

import numpy as np

from sktransfer._base._findings import CANDIDATES, DETECTED, FACTORS
from sktransfer.inspection._display import OTHER, TARGET, Display, fitted_findings, plain, styled
from sktransfer.multisource._evidence import shares_of

_LABELS = {
    CANDIDATES: "share of the mixture",
    FACTORS: "fitted factor of the source",
    DETECTED: "weight of all pools with the source",
}
_HALF = 0.5  # what a source must have of the pools' weight to be found to help


class SourceWeightsDisplay(Display):
    """Bars: shares of candidates in a mixture, factors of several sources, or how surely each source helps.

    Use :meth:`from_estimator` or :meth:`from_detection` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    names : list of str
    weights : array-like of shape (n_names,) or (n_groups, n_names)
    kind : {"candidates", "factors", "detected"}
        What they are: shares, which add up to 1; factors, any number; or weights of pools, each between 0 and 1.
    groups : list of str, default=None
        What has weights of its own: outputs, whose factors are fitted apart.
    chosen : list of bool, default=None
        Names to be drawn in another colour: the heaviest family, or the sources found to help.

    Attributes
    ----------
    bars_ : list of matplotlib BarContainer
        One for each group.
    limit_ : matplotlib Line2D or None
        Of "detected": one half, above which a source is found to help.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sktransfer import Source
    >>> from sktransfer.inspection import SourceWeightsDisplay
    >>> from sktransfer.linear_model import TransferRidge
    >>> X = np.random.default_rng(0).normal(size=(20, 3))
    >>> sources = [Source([1.0, 2.0, 3.0], name="north"), Source([1.0, 0.0, -1.0], name="south")]
    >>> model = TransferRidge(alpha=10.0, source=sources).fit(X, X @ [1.0, 2.0, 3.0])
    >>> display = SourceWeightsDisplay.from_estimator(model)
    >>> display.names, display.weights.round(2)
    (['north', 'south'], array([[0.95, 0.05]]))
    >>> plt.close(display.figure_)
    """

    def __init__(self, *, names, weights, kind, groups=None, chosen=None):
        self.names = names
        self.weights = weights
        self.kind = kind
        self.groups = groups
        self.chosen = chosen

    @classmethod
    def from_estimator(cls, estimator, *, kind=None, ax=None, bar_kwargs=None):
        """Draw the weights of a fitted estimator.

        Parameters
        ----------
        estimator : fitted estimator
            ``TransferCV``: its candidates by family, or factors where it chose among several sources. A linear twin
            with a list of sources: their factors. ``PooledTransferRegressor``, ``PooledTransferClassifier``: what each
            source counts. Or a Pipeline or search around one.
        kind : {"candidates", "factors", "detected"}, default=None
            Which weights, where there are several kinds. None: the first of these that there are.
        ax, bar_kwargs
            As in :meth:`plot`.

        Returns
        -------
        SourceWeightsDisplay

        Raises
        ------
        TypeError
            If it is no transfer estimator.
        ValueError
            If it has no weights of this kind.
        """
        part, findings = fitted_findings(estimator, cls.__name__)
        there = [shares.kind for shares in findings.shares]
        if not there or kind not in (None, *there):
            raise ValueError(
                f"this {type(part).__name__} has {f'weights of kind {there}' if there else 'no weights to draw'}"
                f"{'' if kind is None else f', but kind={kind!r} was asked for'}. TransferCV weighs candidates, a twin "
                "with a list in source= fits factors, PooledTransferRegressor and -Classifier detect sources."
            )
        return cls._of(findings.of_kind(kind or there[0])).plot(ax, bar_kwargs=bar_kwargs)

    @classmethod
    def from_detection(cls, detection, *, ax=None, bar_kwargs=None):
        """Draw what :func:`sktransfer.multisource.detect_sources` found.

        Parameters
        ----------
        detection : Detection
        ax, bar_kwargs
            As in :meth:`plot`.

        Returns
        -------
        SourceWeightsDisplay
        """
        return cls._of(shares_of(detection.evidence)).plot(ax, bar_kwargs=bar_kwargs)

    @classmethod
    def _of(cls, shares):
        return cls(
            names=list(shares.names),
            weights=shares.weights,
            kind=shares.kind,
            groups=list(shares.groups),
            chosen=list(shares.chosen) or None,
        )

    def plot(self, ax=None, *, bar_kwargs=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: new ones.
        bar_kwargs : dict, default=None
            For ``ax.barh``.

        Returns
        -------
        SourceWeightsDisplay
            Itself.
        """
        if self.kind not in _LABELS:
            raise ValueError(f"kind must be one of {list(_LABELS)}, got {self.kind!r}")
        ax = self._axes(ax)
        weights = np.atleast_2d(np.asarray(self.weights, dtype=np.float64))
        places, height = np.arange(weights.shape[1]), 0.8 / len(weights)
        self.bars_ = []
        for k, (group, row) in enumerate(zip(self._groups(len(weights)), weights, strict=True)):
            at = places + (k - (len(weights) - 1) / 2) * height
            style = styled({"color": self._colours(k, len(weights)), "label": group}, bar_kwargs)
            self.bars_.append(ax.barh(at, row, height=height, **style))
        self._label(ax, weights)
        return self

    def _groups(self, n_groups):
        return [str(k) for k in range(n_groups)] if self.groups is None else self.groups

    def _colours(self, group, n_groups):
        """Of one group what is chosen stands out; several have one colour each."""
        if n_groups > 1:
            return f"C{group}"
        chosen = [False] * len(self.names) if self.chosen is None else self.chosen
        return [TARGET if one else OTHER for one in chosen]

    def _label(self, ax, weights):
        ax.set_yticks(range(len(self.names)), labels=list(self.names))
        ax.invert_yaxis()
        ax.set_xlabel(_LABELS[self.kind])
        ax.axvline(0.0, color="black", linewidth=0.8)
        self.limit_ = None
        if self.kind == DETECTED:
            self.limit_ = ax.axvline(_HALF, color="black", linewidth=0.8, linestyle="--")
            ax.set_xlim(0, 1)
        if len(weights) > 1:
            ax.legend(frameon=False)
        plain(ax, "x")
