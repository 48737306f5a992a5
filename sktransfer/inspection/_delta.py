"""Which coefficients moved from the source's, and how far."""

import numpy as np

from sktransfer._base._findings import Moves
from sktransfer._utils._compat import validate_data
from sktransfer.inspection._display import SOURCE, TARGET, Display, fitted_findings, plain, styled


class DeltaDisplay(Display):
    """Coefficients before and after the transfer, as dumbbells: the largest moves first.

    Use :meth:`from_estimator` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    source, target : array-like of shape (n_features,) or (n_outputs, n_features)
        Coefficients of the source, and after the transfer.
    feature_names : list of str, default=None
        None: x0, x1, ...
    output_names : list of str, default=None
        What each row of coefficients is of: classes or outputs. None: their numbers, where there are several.
    spread : array-like of shape (n_features,), default=None
        Standard deviations of the features: coefficients are drawn times these, in units of the linear predictor, and
        so can be compared. None: as they are.
    origin : str, default="the source's"
        Whose the coefficients before are.

    Attributes
    ----------
    moves_ : list of (str, float, float)
        What is drawn, from the top: name, before, after.
    n_others_ : int
        Moved coefficients that are not drawn.
    source_ : matplotlib PathCollection
        Points of the source's coefficients.
    target_ : matplotlib PathCollection
        Points of those after the transfer.
    lines_ : matplotlib LineCollection
        From one to the other.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    TransferPathDisplay : Coefficients along the strength of the pull.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sktransfer import Source
    >>> from sktransfer.inspection import DeltaDisplay
    >>> from sktransfer.linear_model import TransferRidge
    >>> X = np.random.default_rng(0).normal(size=(20, 3))
    >>> model = TransferRidge(alpha=5.0, source=Source([1.0, 2.0, 3.0])).fit(X, X @ [1.0, 2.0, 4.0])
    >>> display = DeltaDisplay.from_estimator(model)
    >>> [(name, round(before, 1), round(after, 1)) for name, before, after in display.moves_]
    [('x2', 3.0, 3.7), ('x1', 2.0, 2.0), ('x0', 1.0, 1.0)]
    >>> plt.close(display.figure_)
    """

    def __init__(self, *, source, target, feature_names=None, output_names=None, spread=None, origin="the source's"):
        self.source = source
        self.target = target
        self.feature_names = feature_names
        self.output_names = output_names
        self.spread = spread
        self.origin = origin

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        *,
        n_features=15,
        output=None,
        ax=None,
        source_kwargs=None,
        target_kwargs=None,
        line_kwargs=None,
    ):
        """Draw what a fitted estimator moved.

        Parameters
        ----------
        estimator : fitted estimator
            A linear twin, TransferCV or FeatureAugmentation, or a Pipeline or search around one. Of a mixture the
            weighted mean of its members' coefficients is drawn.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Rows as the transfer estimator sees them, for standard deviations. None: those of the fit where it knows
            them (``TransferCV``, ``metric="scale"``), else coefficients are drawn as they are.
        n_features, output, ax, source_kwargs, target_kwargs, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        DeltaDisplay

        Raises
        ------
        TypeError
            If it is no transfer estimator, or one without coefficients of a source.
        """
        part, findings = fitted_findings(estimator, cls.__name__)
        moves = findings.moves
        if moves is None:
            raise TypeError(
                f"{cls.__name__} compares coefficients with a source's, and {type(part).__name__} has none of these. "
                "Give it an estimator whose source is a model: TransferRidge(source=model), TransferCV around such."
            )
        if X is not None:
            moves = moves.measured(validate_data(part, X, accept_sparse=("csr", "csc"), reset=False))
        display = cls(
            source=moves.source,
            target=moves.target,
            feature_names=list(moves.features),
            output_names=list(moves.outputs),
            spread=moves.spread,
            origin=moves.origin,
        )
        return display.plot(
            ax,
            n_features=n_features,
            output=output,
            source_kwargs=source_kwargs,
            target_kwargs=target_kwargs,
            line_kwargs=line_kwargs,
        )

    def plot(self, ax=None, *, n_features=15, output=None, source_kwargs=None, target_kwargs=None, line_kwargs=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: new ones.
        n_features : int or None, default=15
            How many coefficients to draw; the others are counted. None: all that moved.
        output : str, default=None
            Only coefficients of this one of ``output_names``.
        source_kwargs, target_kwargs : dict, default=None
            For ``ax.scatter``.
        line_kwargs : dict, default=None
            For ``ax.hlines``.

        Returns
        -------
        DeltaDisplay
            Itself.

        Raises
        ------
        ValueError
            If there is no such output.
        """
        ax = self._axes(ax)
        moves, drawn, self.n_others_ = self._chosen(output, n_features)
        before, after = ([part[at] * moves.units[at[1]] for at in drawn] for part in (moves.source, moves.target))
        self.moves_ = [
            (moves.name(*at), float(old), float(new)) for at, old, new in zip(drawn, before, after, strict=True)
        ]
        places = np.arange(len(drawn))
        self.lines_ = ax.hlines(places, before, after, **styled({"color": TARGET, "alpha": 0.5}, line_kwargs))
        hollow = {"facecolor": "white", "edgecolor": SOURCE, "zorder": 3, "label": self.origin}
        self.source_ = ax.scatter(before, places, **styled(hollow, source_kwargs))
        filled = {"color": TARGET, "zorder": 4, "label": "after the transfer"}
        self.target_ = ax.scatter(after, places, **styled(filled, target_kwargs))
        self._label(ax, moves)
        return self

    def _chosen(self, output, n_features):
        """(Moves, places of what is drawn, how many others moved)."""
        moves = self._moves()
        found = moves.largest()
        if output is not None:
            if output not in moves.outputs:
                raise ValueError(f"output must be one of {list(moves.outputs)}, got {output!r}")
            found = [at for at in found if moves.outputs[at[0]] == output]
        drawn = found if n_features is None else found[:n_features]
        return moves, drawn, len(found) - len(drawn)

    def _moves(self):
        """The data, all shapes as one."""
        source, target = (np.atleast_2d(np.asarray(part, dtype=np.float64)) for part in (self.source, self.target))
        n_outputs, n_features = target.shape
        names = [f"x{j}" for j in range(n_features)] if self.feature_names is None else self.feature_names
        numbers = [""] if n_outputs == 1 else [str(k) for k in range(n_outputs)]
        outputs = numbers if self.output_names is None else self.output_names
        spread = None if self.spread is None else np.asarray(self.spread, dtype=np.float64)
        return Moves(source, target, tuple(names), tuple(outputs), spread, self.origin)

    def _label(self, ax, moves):
        names = [name for name, _, _ in self.moves_]
        if self.n_others_:
            names.append(f"{self.n_others_} more moved less")
        ax.set_yticks(range(len(names)), labels=names)
        ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
        ax.set_xlabel("coefficient" if moves.spread is None else "coefficient times the feature's standard deviation")
        ax.axvline(0.0, color="black", linewidth=0.8)
        ax.legend(frameon=False)
        plain(ax, "x")
