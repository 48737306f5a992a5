"""A Gaussian belief shared out between absolute values and squares: the elastic net around a source.

    f_j Delta_j^2 / 2    ->    f_j * (l1_ratio |Delta_j| + (1 - l1_ratio) Delta_j^2 / 2)

Each of the two may in turn be shared out between the source and zero: a |Delta_j| + (1 - a) |theta_j|, and so squares.
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
    takes = f"{name} takes metric='identity', 'scale', 'source' or one factor for each coefficient"
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


def shared_out(belief, l1_ratio, shown, shares=(1.0, 1.0)):
    """The belief with its squares shared out; a Gaussian where nothing is left for absolute values.

    The intercept of a class without rows follows those of the others and has no penalty of its own.

    Parameters
    ----------
    belief : Belief
        Its first prior is a Gaussian with one factor for each parameter.
    l1_ratio : float
    shown : ndarray of shape (n_outputs,) of bool
    shares : (float, float), default=(1.0, 1.0)
        Of the absolute values and of the squares of slopes: what pulls to the source; the rest pulls to zero.
    """
    gaussian, layout = belief.priors[0], belief.layout
    diagonal = np.array(gaussian.diagonal())
    if layout.fit_intercept:
        diagonal[layout.n_coefs :][~shown] = 0.0
    slope, centre = np.arange(layout.n_params) < layout.n_coefs, gaussian.centre
    of_l1, of_l2 = (np.where(slope, share, 1.0) for share in shares)
    l1, l2 = l1_ratio * diagonal, (1 - l1_ratio) * diagonal
    elsewhere = np.where(slope, 0.0, centre)
    l2_centre = of_l2 * centre + (1 - of_l2) * elsewhere
    prior = ElasticNetPrior(centre, of_l1 * l1, l2, l2_centre, (1 - of_l1) * l1, elsewhere)
    if prior.smooth:
        prior = GaussianPrior(prior.l2_centre, DiagonalPrecision(prior.l2))
    return belief._replace(priors=[prior, *belief.priors[1:]])
