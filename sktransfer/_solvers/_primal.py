"""Few features, more rows, a smooth loss: Newton's method on the primal, and the dual variables it ends with.

    beta_i = -L_i'(eta_i)

lies within the bounds whatever eta is, and is the dual optimum where eta is the primal one.
"""

import numpy as np

from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers._newton import NewtonCholesky

_FEW_FEATURES = 500
_TOL = 1e-13


def newton(output, state):
    """The dual variables of the primal optimum; None where this road is closed or long.

    Parameters
    ----------
    output : Output
    state : State

    Returns
    -------
    ndarray of shape (n_samples,) or None
    """
    n, p = output.design.n_samples, output.design.n_features
    if not output.loss.smooth or p > _FEW_FEATURES or n <= p or not np.all(output.spread > 0):
        return None
    spread = np.append(output.spread, output.level) if output.level > 0 else output.spread
    prior = GaussianPrior(np.zeros(len(spread)), DiagonalPrecision(1 / spread))
    loss = output.loss.single
    term = LossTerm(output.design, loss, output.y, output.form.weight, output.offset)
    objective = Objective([term], [prior], fit_intercept=output.level > 0)
    point = NewtonCholesky().solve_to_point(objective, np.zeros(len(spread)), tol=_TOL)[1]
    return -point.residuals[0][:, 0]
