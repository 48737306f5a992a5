"""Probabilities of classes from linear predictors: one for each class, or one for two, the second's log-odds."""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax


def chances(eta, axis=-1):
    """``softmax(eta)``, or of one predictor both sides of the logistic curve: K or 1 -> K or 2 along ``axis``."""
    if eta.shape[axis] == 1:
        return np.concatenate([expit(-eta), expit(eta)], axis=axis)
    return softmax(eta, axis=axis)


def log_chances(eta, axis=-1):
    """The logarithm of :func:`chances`, exact where they underflow."""
    if eta.shape[axis] == 1:
        return np.concatenate([log_expit(-eta), log_expit(eta)], axis=axis)
    return log_softmax(eta, axis=axis)


def log_mean(parts, weights):
    """``log sum_k w_k exp(parts_k)``: (n_parts, ..) -> (..), float64; a part of -inf adds nothing."""
    top = parts.max(axis=0)
    top = np.where(np.isneginf(top), 0.0, top)
    with np.errstate(divide="ignore"):
        return np.log(np.tensordot(weights, np.exp(parts - top), 1)) + top
