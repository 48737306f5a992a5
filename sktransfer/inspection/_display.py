"""What all displays share: the axes they draw on, styles, and how they find out what an estimator found.

A display's constructor holds data, ``plot`` holds style, ``from_estimator`` joins them, as in scikit-learn.
"""

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sktransfer._utils._optional import require_matplotlib

INNER = ("best_estimator_", "regressor_", "estimator")  # of searches, transformed targets, FrozenEstimator
SOURCE, TARGET, OTHER = "#999999", "#D55E00", "#0072B2"  # of Okabe and Ito, told apart by every eye


class Display:
    """Base of the displays.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    def _axes(self, ax):
        """The axes to draw on, new ones by pyplot where none are given: they are kept as ``ax_``."""
        require_matplotlib(f"{type(self).__name__}.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax


def transfer_estimator(estimator, who, protocol="_findings"):
    """The part of an estimator that transfers: itself, a pipeline's last step, what a search chose.

    Parameters
    ----------
    estimator : estimator
    who : str
        Who asks.
    protocol : str
        What the part must have.

    Returns
    -------
    estimator

    Raises
    ------
    TypeError
        If there is none.
    """
    part = estimator
    while not hasattr(type(part), protocol):
        if isinstance(part, Pipeline):
            part = part.steps[-1][1]
            continue
        name = next((name for name in INNER if hasattr(part, name)), None)
        if isinstance(part, type) or name is None:
            raise TypeError(
                f"{who} needs a transfer estimator of this library, such as TransferCV or TransferRidge, or a Pipeline "
                f"or search around one; got {estimator!r}"
            )
        part = getattr(part, name)
    return part


def fitted_findings(estimator, who):
    """What a fitted estimator found: (the part that transfers, Findings)."""
    require_matplotlib(f"{who}.from_estimator")
    part = transfer_estimator(estimator, who)
    check_is_fitted(part)
    return part, part._findings()


def styled(default, given):
    """Style by default, changed by what is given."""
    return {**default, **(given or {})}


def plain(ax, grid_axis):
    """No frame on the right and at the top; a light grid along one axis."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis=grid_axis, alpha=0.25)
