"""Held-out scores, or coefficients, along the strength of the pull towards a source."""

import numpy as np
from sklearn.base import clone

from sktransfer._base._findings import outputs_of, spread_of
from sktransfer._utils._optional import require_matplotlib
from sktransfer.inspection._curves import coefs_along, curves_and_levels
from sktransfer.inspection._display import Display, plain, styled, transfer_estimator
from sktransfer.model_selection import TransferCV

KINDS, BANDS = ("score", "coefficients"), ("paired", "own", None)
_LABELLED = 8
_DOT = 120.0  # area of the heaviest candidate's dot, in points squared


class TransferPathDisplay(Display):
    """What borrowing more or less would have done, on held-out rows of the target.

    Use :meth:`from_estimator` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    curves : dict of Curve
        By family of candidates: named tuples of ``values``, ``scores``, ``errors``, ``behind_errors``, ``weights``.
    levels : dict of Level
        What has no strength to vary: named tuples of ``score``, ``error``, ``behind_error``, ``weight``.
    parameter : str
        The name of the strength: alpha, C.
    rising : bool, default=True
        Whether larger values borrow more; if not, the axis is turned round, so that more is always to the right.
    scale : {"log", "logit"}, default="log"
    score_name : str, default="score"
    coefs : ndarray of shape (n_values, n_outputs, n_features), default=None
        Coefficients of one family along its strengths.
    coef_values : ndarray of shape (n_values,), default=None
    coef_family : str, default=None
    feature_names, output_names : list of str, default=None
    spread : ndarray of shape (n_features,), default=None
        Standard deviations that coefficients are drawn in units of.

    Attributes
    ----------
    lines_ : dict of matplotlib Line2D
        By family, or of coefficients by name.
    bands_ : dict of matplotlib PolyCollection
        One standard error on each side.
    levels_ : dict of matplotlib Line2D
    dots_ : dict of matplotlib PathCollection
        What has a weight in the mixture, the larger the heavier.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sktransfer.model_selection.TransferCV : Makes the table that this draws.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sktransfer import Source
    >>> from sktransfer.inspection import TransferPathDisplay
    >>> from sktransfer.linear_model import TransferRidge
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(20, 3))
    >>> y = X @ [1.0, 2.0, 4.0] + rng.normal(size=20)
    >>> display = TransferPathDisplay.from_estimator(TransferRidge(source=Source([1.0, 2.0, 3.0])), X, y)
    >>> sorted(display.levels)
    ['recalibrated', 'recalibrated (scaled)', 'source', 'target']
    >>> plt.close(display.figure_)
    """

    def __init__(
        self,
        *,
        curves,
        levels,
        parameter,
        rising=True,
        scale="log",
        score_name="score",
        coefs=None,
        coef_values=None,
        coef_family=None,
        feature_names=None,
        output_names=None,
        spread=None,
    ):
        self.curves = curves
        self.levels = levels
        self.parameter = parameter
        self.rising = rising
        self.scale = scale
        self.score_name = score_name
        self.coefs = coefs
        self.coef_values = coef_values
        self.coef_family = coef_family
        self.feature_names = feature_names
        self.output_names = output_names
        self.spread = spread

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        y=None,
        *,
        sample_weight=None,
        groups=None,
        grid="auto",
        cv="auto",
        kind="score",
        band="paired",
        ax=None,
        line_kwargs=None,
        level_kwargs=None,
    ):
        """Draw the path of a fitted search, or of a transfer estimator on rows of the target.

        Parameters
        ----------
        estimator : estimator
            A ``TransferCV``, or a Pipeline or search around one: a fitted one is drawn as it is, one that is not is
            fitted. Or any estimator that it takes, such as a linear twin, which is searched here; it is not changed.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            The target's rows, as the transfer estimator sees them. A fitted ``TransferCV`` needs none for scores.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        sample_weight, groups : array-like of shape (n_samples,), default=None
        grid, cv : default="auto"
            As in ``TransferCV``, for an estimator that is none.
        kind, band, ax, line_kwargs, level_kwargs
            As in :meth:`plot`. Coefficients are those of the family with the best score, refitted at each strength.

        Returns
        -------
        TransferPathDisplay

        Raises
        ------
        TypeError
            If it cannot borrow, or has no strength.
        ValueError
            If rows are wanting, or a search is given a grid or splits beside its own.
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        _check("kind", kind, KINDS)
        rows = {"sample_weight": sample_weight, "groups": groups}
        search = _search(estimator, X, y, rows, grid, cv, cls.__name__)
        axis = search.estimator._borrowing.axis
        curves, levels = ({}, {}) if axis is None else curves_and_levels(search.table_, search.weights_, axis)
        if not curves:
            raise TypeError(f"{cls.__name__} draws strengths of a source's pull, and there are none in {search!r}")
        measure = search._findings().gain.measure
        own = search.scoring is None
        data = _coefficients(search, curves, X, y, sample_weight, cls.__name__) if kind == "coefficients" else {}
        display = cls(
            curves=curves,
            levels=levels,
            parameter=axis.name,
            rising=axis.rising,
            scale=axis.scale,
            score_name=f"score (minus {measure})" if own else measure,
            **data,
        )
        return display.plot(ax, kind=kind, band=band, line_kwargs=line_kwargs, level_kwargs=level_kwargs)

    def plot(self, ax=None, *, kind="score", band="paired", line_kwargs=None, level_kwargs=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: new ones.
        kind : {"score", "coefficients"}, default="score"
        band : {"paired", "own", None}, default="paired"
            Whose standard error: of the difference to the best candidate, row by row, which is what a choice between
            them looks at; or of each score by itself.
        line_kwargs, level_kwargs : dict, default=None
            For ``ax.plot`` and ``ax.axhline``.

        Returns
        -------
        TransferPathDisplay
            Itself.

        Raises
        ------
        ValueError
            If there are no coefficients, or for another word.
        """
        _check("kind", kind, KINDS)
        _check("band", band, BANDS)
        if kind == "coefficients" and self.coefs is None:
            raise ValueError(
                "this display holds no coefficients. Make it with from_estimator(search, X, y, kind='coefficients')."
            )
        ax = self._axes(ax)
        self.lines_, self.bands_, self.levels_, self.dots_ = {}, {}, {}, {}
        if kind == "score":
            self._draw_scores(ax, band, line_kwargs, level_kwargs)
        else:
            self._draw_coefficients(ax, line_kwargs)
        ax.set_xscale(self.scale)
        if not self.rising:
            ax.invert_xaxis()
        ax.set_xlabel(f"{self.parameter} (to the right: closer to the source)")
        ax.legend(frameon=False, fontsize="small")
        plain(ax, "y")
        return self

    def _draw_scores(self, ax, band, line_kwargs, level_kwargs):
        for k, (name, curve) in enumerate(self.curves.items()):
            style = styled({"color": f"C{k}", "label": name}, line_kwargs)
            (self.lines_[name],) = ax.plot(curve.values, curve.scores, **style)
            colour = self.lines_[name].get_color()
            if band is not None:
                error = curve.behind_errors if band == "paired" else curve.errors
                low, high = curve.scores - error, curve.scores + error
                self.bands_[name] = ax.fill_between(curve.values, low, high, color=colour, alpha=0.15, linewidth=0)
            self._dot(ax, name, curve.values, curve.scores, curve.weights, colour)
        edge = max(curve.values.max() for curve in self.curves.values())
        edge = edge if self.rising else min(curve.values.min() for curve in self.curves.values())
        for k, (name, level) in enumerate(self.levels.items(), len(self.curves)):
            style = styled({"color": f"C{k}", "linestyle": "--", "label": name}, level_kwargs)
            self.levels_[name] = ax.axhline(level.score, **style)
            self._dot(ax, name, [edge], [level.score], np.array([level.weight]), self.levels_[name].get_color())
        ax.set_ylabel(f"held-out {self.score_name}")

    def _dot(self, ax, name, values, scores, weights, colour):
        """Areas in proportion to weights, where there are any."""
        if np.any(weights > 0):
            sizes = _DOT * weights / self._heaviest()
            self.dots_[name] = ax.scatter(values, scores, s=sizes, color=colour, alpha=0.7, zorder=3, linewidth=0)

    def _heaviest(self):
        """The largest weight there is."""
        levels = [level.weight for level in self.levels.values()]
        return max([*levels, *(curve.weights.max() for curve in self.curves.values())])

    def _draw_coefficients(self, ax, line_kwargs):
        """One line a coefficient: those that move most have names, the others are grey."""
        _, n_outputs, n_features = self.coefs.shape
        units = np.ones(n_features) if self.spread is None else np.asarray(self.spread)
        drawn = (self.coefs * units).reshape(len(self.coefs), -1)
        order = np.argsort(-np.ptp(drawn, axis=0), kind="stable")
        for k, at in enumerate(order):
            output, feature = divmod(int(at), n_features)
            name = self._name(output, feature, n_outputs)
            style = {"color": f"C{k}", "label": name} if k < _LABELLED else {"color": "0.8", "zorder": 1}
            (self.lines_[name],) = ax.plot(self.coef_values, drawn[:, at], **styled(style, line_kwargs))
        ax.set_ylabel("coefficient" if self.spread is None else "coefficient times the feature's standard deviation")
        ax.set_title(self.coef_family, loc="left")

    def _name(self, output, feature, n_outputs):
        name = f"x{feature}" if self.feature_names is None else self.feature_names[feature]
        if n_outputs == 1:
            return name
        return f"{name} ({output if self.output_names is None else self.output_names[output]})"


def _check(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"{name} must be one of {list(allowed)}, got {value!r}")


def _search(estimator, X, y, rows, grid, cv, who):
    """The fitted TransferCV to draw."""
    part = transfer_estimator(estimator, who)
    own = isinstance(part, TransferCV)
    if own and not all(isinstance(each, str) and each == "auto" for each in (grid, cv)):
        raise ValueError("a TransferCV has a grid and cv of its own: set them there.")
    if own and hasattr(part, "table_"):
        return part
    if X is None or y is None:
        raise ValueError(f"{who}.from_estimator needs X and y, the target's rows, to hold some of them out")
    search = clone(part) if own else TransferCV(part, grid=grid, cv=cv)
    return search.fit(X, y, **rows)


def _coefficients(search, curves, X, y, sample_weight, who):
    """What a display holds of the coefficients along the family of the best score."""
    if X is None or y is None:
        raise ValueError(f"{who}.from_estimator needs X and y, the target's rows, to fit coefficients along the path")
    family = max(curves, key=lambda name: np.max(curves[name].scores))
    coefs, fitted = coefs_along(search, curves[family], X, y, sample_weight)
    names = getattr(fitted, "feature_names_in_", None)
    return {
        "coefs": coefs,
        "coef_values": curves[family].values,
        "coef_family": family,
        "feature_names": None if names is None else list(names),
        "output_names": list(outputs_of(fitted, coefs.shape[1])),
        "spread": spread_of(X, sample_weight),
    }
