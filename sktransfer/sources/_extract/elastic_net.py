"""Lasso, ElasticNet and their kin: squared loss over 2 n, an L1 penalty and a quadratic one.

ElasticNet minimises sum w r^2 / (2 n) + alpha l1_ratio ||coef||_1 + alpha (1 - l1_ratio) / 2 ||coef||^2, n
being the total weight: times n, the curvature is n alpha (1 - l1_ratio). The L1 part has none.
"""

from sktransfer.sources._extract._fit import LinearFit


def read_lasso(est):
    """Lasso, LassoCV, MultiTaskLasso(CV), LassoLars(CV, IC): no curvature."""
    return LinearFit(est.coef_, est.intercept_, "identity")


def read_elastic_net(est):
    """ElasticNet and MultiTaskElasticNet."""
    return _read(est, est.alpha, est.l1_ratio)


def read_elastic_net_cv(est):
    """ElasticNetCV and MultiTaskElasticNetCV, with the penalty they chose."""
    return _read(est, est.alpha_, est.l1_ratio_)


def _read(est, alpha, l1_ratio):
    curvature = alpha * (1.0 - l1_ratio)
    return LinearFit(est.coef_, est.intercept_, "identity", penalty=lambda total: (total * curvature, 0.0))


_LASSOS = (
    "Lasso",
    "LassoCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
)

READERS = {
    **dict.fromkeys(_LASSOS, read_lasso),
    **dict.fromkeys(("ElasticNet", "MultiTaskElasticNet"), read_elastic_net),
    **dict.fromkeys(("ElasticNetCV", "MultiTaskElasticNetCV"), read_elastic_net_cv),
}
