"""PoissonRegressor, GammaRegressor, TweedieRegressor: a mean of half deviances plus alpha / 2 ||coef||^2.

Times the total weight they are sums, and the curvature of the penalty is alpha times that weight.
"""

from sktransfer.sources._extract._fit import LinearFit


def read_poisson(est):
    """PoissonRegressor."""
    return _read(est, "log", 1.0)


def read_gamma(est):
    """GammaRegressor."""
    return _read(est, "log", 2.0)


def read_tweedie(est):
    """TweedieRegressor; "auto" is the identity for power <= 0 and the logarithm above."""
    link = ("identity" if est.power <= 0 else "log") if est.link == "auto" else est.link
    return _read(est, link, float(est.power))


def _read(est, link, power):
    squared = "squared" if power == 0 else None
    return LinearFit(
        est.coef_,
        est.intercept_,
        link,
        loss="tweedie" if link == "log" else squared,
        penalty=lambda total: (total * est.alpha, 0.0),
        power=power,
    )


READERS = {"PoissonRegressor": read_poisson, "GammaRegressor": read_gamma, "TweedieRegressor": read_tweedie}
