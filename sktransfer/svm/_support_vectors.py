"""What TransferLinearSVC and TransferLinearSVR share."""

from numbers import Real

import numpy as np
from sklearn.utils import check_random_state

from sktransfer._base import StrengthParameter
from sktransfer._utils._compat import Interval
from sktransfer.sources._source import changed
from sktransfer.svm._factors import FactorFits
from sktransfer.svm._prior import margin_belief, tied_metric
from sktransfer.svm._whitened import WhitenedCoordinates

_FACTORS_TOL = 1e-6


class SupportVectorTransfer:
    """The twin's C, its penalised intercept and its random order, on top of a linear transfer estimator."""

    solver = "auto"
    _curved = False
    _strength_parameter = StrengthParameter("C", inverse=True)
    _parameter_constraints: dict = {
        "C": [Interval(Real, 0, None, closed="left"), "array-like"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def _coordinates(self, rows, source):
        matrix = tied_metric(self.metric, rows.design.n_features)
        if matrix is None:
            return super()._coordinates(rows, source)
        if np.ndim(self.C):
            raise ValueError(
                "a metric that ties features to each other takes one C for all of them. Give a number for C, or scale "
                "rows and columns of the metric."
            )
        return WhitenedCoordinates(matrix)

    def _belief(self, rows, source, coordinates, strength, scales=None):
        centre = coordinates.into(source.coef, source.intercept)
        return margin_belief(source, *centre, rows.shown, strength, self)

    def _calibrates_first(self, shape):
        return True

    def _calibrated(self, rows, source):
        """Each output on its sources' predictions as features, whose coefficients are the factors."""
        slopes = np.array([member.coef for member in source.members])
        scores = np.stack([rows.design.matvec(coef) for coef in slopes])
        options = {"tol": min(self.tol, _FACTORS_TOL), "max_iter": self.max_iter}
        fits = FactorFits(scores, self._loss(rows), rows, source.intercept, self, options)
        beta = fits.weights(self._weights_rule(source))
        coef = np.einsum("ck,kcp->cp", beta, slopes)
        return changed(source, coef=coef, members=None), beta[0] if len(beta) == 1 else beta

    @property
    def _seed(self):
        """None is a seed of its own: NumPy's global random numbers are left alone."""
        return 0 if self.random_state is None else check_random_state(self.random_state).randint(1 << 31)

    def _as_source(self, X=None, y=None, sample_weight=None, name=None):
        if X is not None:
            raise ValueError(
                f"a {type(self).__name__} does not say how sure it is: its loss has no likelihood. Read it without X."
            )
        return super()._as_source(name=name)

    _summary = None  # hinges and tubes have no curvature to keep

    def _against_blocks(self, source):
        return "its loss is minimised row by row"

    def _information_rows(self, X, y, sample_weight):
        raise NotImplementedError(f"a {type(self).__name__} does not say how sure it is")

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = result.n_iter
