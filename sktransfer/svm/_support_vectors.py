"""What TransferLinearSVC and TransferLinearSVR share."""

from numbers import Real

import numpy as np
from sklearn.utils import check_random_state

from sktransfer._base import StrengthParameter
from sktransfer._designs import as_design
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior, Held, Layout
from sktransfer._solvers import choose_solver
from sktransfer._utils._compat import Interval
from sktransfer.sources._source import changed
from sktransfer.svm._constrained import constrained
from sktransfer.svm._prior import margin_belief, tied_metric
from sktransfer.svm._whitened import WhitenedCoordinates

_FACTORS_TOL = 1e-6


def _spread(beta):
    """Factors of each output as coefficients of all outputs' scores: (n_outputs, n_outputs * n_sources)."""
    return np.kron(np.eye(len(beta)), np.ones(beta.shape[1])) * np.tile(beta, len(beta))


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

    def _coordinates(self, rows):
        matrix = tied_metric(self.metric, rows.design.n_features)
        if matrix is None:
            return super()._coordinates(rows)
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
        """Each output on its sources' predictions as features, their coefficients near the mean's."""
        slopes = np.array([member.coef for member in source.members])
        n_sources, K, _ = slopes.shape
        scores = np.hstack([rows.design.matvec(coef) for coef in slopes.transpose(1, 0, 2)])
        layout = Layout(K, K * n_sources, bool(self.fit_intercept))
        own = np.kron(np.eye(K), np.ones(n_sources))
        centre = layout.join(own / n_sources, source.intercept)
        diagonal = layout.join(np.full(own.shape, self._light), self._light / float(self.intercept_scaling) ** 2)
        held = Held.at(centre, layout.join(own == 0, False) > 0)
        offset = None if self.fit_intercept else source.intercept
        term = LossTerm(as_design(scores), self._loss(rows), rows.y, rows.weight, offset)
        tol = min(self.tol, _FACTORS_TOL)

        def fitted(beta, tol=tol):
            """(the objective, the factors) with a pull to ``beta``."""
            prior = GaussianPrior(layout.join(_spread(beta), source.intercept), DiagonalPrecision(diagonal))
            objective = Objective([term], [prior, held], fit_intercept=layout.fit_intercept)
            solver = choose_solver("auto", objective)
            result = solver.solve(objective, prior.centre, tol=tol, max_iter=self.max_iter)
            return result.value, layout.split(result.theta)[0][own > 0].reshape(K, n_sources)

        rule, mean = self._weights_rule(source), np.full((K, n_sources), 1 / n_sources)
        beta = fitted(mean)[1] if rule == "free" else constrained(rule, fitted, mean, self._light)
        coef = np.einsum("ck,kcp->cp", beta, slopes)
        return changed(source, coef=coef, members=None), beta[0] if K == 1 else beta

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
