"""What TransferLinearSVC and TransferLinearSVR share."""

from numbers import Real

import numpy as np
from sklearn.utils import check_random_state

from sktransfer._base import StrengthParameter
from sktransfer._utils._compat import Interval
from sktransfer.svm._prior import margin_belief, tied_metric
from sktransfer.svm._whitened import WhitenedCoordinates


class SupportVectorTransfer:
    """The twin's C, its penalised intercept and its random order, on top of a linear transfer estimator."""

    solver = "auto"
    _curved = False
    _strength_parameter = StrengthParameter("C", inverse=True)
    _parameter_constraints: dict = {
        "C": [Interval(Real, 0, None, closed="left")],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def _strength(self, n_outputs):
        return np.full(n_outputs, np.inf if self.C == 0 else 1.0 / self.C)

    def _coordinates(self, rows):
        matrix = tied_metric(self.metric, rows.design.n_features)
        return super()._coordinates(rows) if matrix is None else WhitenedCoordinates(matrix)

    def _belief(self, rows, source, coordinates, strength):
        centre = coordinates.into(source.coef, source.intercept)
        return margin_belief(source, *centre, rows.shown, strength, self)

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

    def _information_rows(self, X, y, sample_weight):
        raise NotImplementedError(f"a {type(self).__name__} does not say how sure it is")

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = result.n_iter
