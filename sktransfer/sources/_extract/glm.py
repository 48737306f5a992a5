"""PoissonRegressor, GammaRegressor, TweedieRegressor: coefficients only."""

from sktransfer.sources._extract._fit import LinearFit


def read_log(est):
    """PoissonRegressor and GammaRegressor."""
    return LinearFit(est.coef_, est.intercept_, "log", loss=None)


def read_tweedie(est):
    """TweedieRegressor; "auto" is the identity for power <= 0 and the logarithm above."""
    link = ("identity" if est.power <= 0 else "log") if est.link == "auto" else est.link
    return LinearFit(est.coef_, est.intercept_, link, loss=None)


READERS = {"PoissonRegressor": read_log, "GammaRegressor": read_log, "TweedieRegressor": read_tweedie}
