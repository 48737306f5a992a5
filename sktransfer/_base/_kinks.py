"""A Gaussian belief shared out between absolute values and squares: the elastic net around a source.

f_j Delta_j^2 / 2    ->    f_j * (l1_ratio |Delta_j| + (1 - l1_ratio) Delta_j^2 / 2)
"""

import numpy as np

from sktransfer._priors import DiagonalPrecision, ElasticNetPrior, GaussianPrior


def require_factors(metric, name, instead):
    """Refuse a metric that ties coefficients to each other.

    Parameters
    ----------
    metric : str or array-like
    name : str
        The twin's.
    instead : str
        What takes such a metric.

    Raises
    ------
    ValueError
        For "fisher" and for matrices.
    """
    takes = f"{name} takes metric='identity', 'scale' or one factor for each coefficient"
    if isinstance(metric, str):
        if metric == "fisher":
            raise ValueError(
                f"{takes}; metric='fisher' ties coefficients to each other, which a penalty of absolute values cannot "
                f"do. Use {instead} for it."
            )
    elif np.ndim(metric) > 1:
        raise ValueError(
            f"{takes}, got an array of shape {np.shape(metric)}, which a penalty of absolute values cannot take. Use "
            f"its diagonal, or {instead}."
        )


def shared_out(belief, l1_ratio, shown):
    """The belief with its squares shared out; a Gaussian where nothing is left for absolute values.

    The intercept of a class without rows follows those of the others and has no penalty of its own.

    Parameters
    ----------
    belief : Belief
        Its first prior is a Gaussian with one factor for each parameter.
    l1_ratio : float
    shown : ndarray of shape (n_outputs,) of bool
    """
    gaussian, layout = belief.priors[0], belief.layout
    diagonal = np.array(gaussian.diagonal())
    if layout.fit_intercept:
        diagonal[layout.n_coefs :][~shown] = 0.0
    prior = ElasticNetPrior(gaussian.centre, l1_ratio * diagonal, (1 - l1_ratio) * diagonal)
    if prior.smooth:
        prior = GaussianPrior(gaussian.centre, DiagonalPrecision(diagonal))
    return belief._replace(priors=[prior, *belief.priors[1:]])
