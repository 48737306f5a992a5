"""The sources' losses about points: each source is looked at by itself first, and pools with it go on from there."""

from sktransfer._objective import Objective
from sktransfer.multisource._expansion import Expansion

_ROWS, _ROWS_PER_PARAMETER = 5000, 50
_BENT, _PRECISE = 0.25, 0.002


class Expansions:
    """Those of each source.

    Parameters
    ----------
    terms : list of LossTerm
        Of each source.
    layout : Layout
    """

    def __init__(self, terms, layout):
        self._terms, self._layout, self._kept = terms, layout, {}

    def some(self, place):
        """The loss term of a source; where its rows are very many, of some that weigh as much as all.

        Squared losses are visited once anyway.
        """
        term = self._terms[place]
        step = term.design.n_samples // max(_ROWS, _ROWS_PER_PARAMETER * self._layout.n_params)
        few = term.every(step) if step > 1 and not term.loss.quadratic else None
        return term if few is None else few

    def of(self, place, theta, near, share):
        """Of one source, about ``theta``.

        Parameters
        ----------
        place : int
        theta : ndarray of shape (n_params,)
        near : callable
            Without arguments: where fits will be, more or less, which is asked for where rows are very many.
        share : float
            The target's, in the weight of all rows: the less it is, the less matters how its folds change the fit.
        """
        some = self._losses(self.some(place))
        if some.n_samples == self._terms[place].design.n_samples:
            self._kept[place] = Expansion(some, theta, bent=_bent(share))
        else:
            self._kept[place] = Expansion.corrected(some, self._losses(self._terms[place]), near(), _bent(share))
        return self._kept[place]

    def joined(self, places, theta, share):
        """Of sources that have been looked at by themselves, about ``theta``."""
        return Expansion.joined([self._kept[place] for place in places], theta, _bent(share))

    def __contains__(self, place):
        """Whether a source has been looked at."""
        return place in self._kept

    def _losses(self, term):
        return Objective([term], [], fit_intercept=self._layout.fit_intercept)


def _bent(share):
    """How much more, or less, gradients may change than foretold."""
    return 1 + min(_BENT, _PRECISE / share)
