"""HuberRegressor, TheilSenRegressor, RANSACRegressor, QuantileRegressor: a line through most of the rows.

Their losses are quadratic near zero or nowhere, so no precision is known. A quantile is taken for a mean.
"""

from sktransfer.sources._extract._fit import LinearFit
from sktransfer.sources._source import Source


def read_robust(est):
    """HuberRegressor, TheilSenRegressor, QuantileRegressor."""
    return LinearFit(est.coef_, est.intercept_, "identity", loss=None)


def read_ransac(est):
    """RANSACRegressor: the model of the rows that it kept, if that is linear."""
    kept = Source.from_estimator(est.estimator_)
    return LinearFit(kept.coef, kept.intercept, kept.link, loss=None)


READERS = {
    "HuberRegressor": read_robust,
    "QuantileRegressor": read_robust,
    "RANSACRegressor": read_ransac,
    "TheilSenRegressor": read_robust,
}
