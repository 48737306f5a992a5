"""How y is drawn given the linear predictor, of shape (n, R); each returns y of shape (n,)."""

import numpy as np
from scipy.special import expit, softmax

TWEEDIE_POWER = 1.5


def gaussian(predictor, random_state, *, noise):
    """y = predictor + noise * N(0, 1)."""
    return predictor[:, 0] + noise * random_state.standard_normal(len(predictor))


def classes(predictor, random_state):
    """Class k with the probability of softmax, or of the logistic function when there is one row."""
    if predictor.shape[1] == 1:
        positive = expit(predictor)
        probability = np.hstack([1.0 - positive, positive])
    else:
        probability = softmax(predictor, axis=1)
    below = probability.cumsum(axis=1)[:, :-1]
    return (random_state.uniform(size=(len(predictor), 1)) > below).sum(axis=1)


def poisson(predictor, random_state, *, dispersion):
    """Counts of mean mu = exp(predictor); `dispersion` is 1 by definition."""
    return random_state.poisson(np.exp(predictor[:, 0])).astype(float)


def gamma(predictor, random_state, *, dispersion):
    """Amounts of mean mu and variance dispersion * mu^2: shape 1/dispersion, scale dispersion * mu."""
    return random_state.gamma(1.0 / dispersion, dispersion * np.exp(predictor[:, 0]))


def tweedie(predictor, random_state, *, dispersion):
    """Amounts of mean mu and variance dispersion * mu^q, q = 1.5: a Poisson number of gamma amounts.

    With N ~ Poisson(rate), rate = mu^(2-q) / (dispersion (2-q)), each amount has shape (2-q)/(q-1) and scale
    dispersion (q-1) mu^(q-1); the sum of N of them has N times the shape.
    """
    q, mu = TWEEDIE_POWER, np.exp(predictor[:, 0])
    count = random_state.poisson(mu ** (2 - q) / (dispersion * (2 - q)))
    return random_state.gamma(count * (2 - q) / (q - 1), dispersion * (q - 1) * mu ** (q - 1))


RESPONSES = {"poisson": poisson, "gamma": gamma, "tweedie": tweedie}
