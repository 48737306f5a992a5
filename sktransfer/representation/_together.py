"""Two domains side by side, the target's estimates shrunk towards the source's.

Of few rows neither mean nor covariance is well known, and the source's are the best guess at both:

    m = (1 - b) m_target + b m_source,      C = (1 - s) C_target + s C_source.

b and s are the shares of noise in the squared distances that separate the domains (Ledoit and Wolf's rule, with the
source for the point that is shrunk to; its noise is that of normal rows, as in Chen et al.), in the units of the
source's features, D = diag(C_source):

    b = tr(C_t D^-1) / W  /  (m_t - m_s)' D^-1 (m_t - m_s),
    s = (tr(C_t D^-1)^2 + tr((C_t D^-1)^2)) / (W - 1)  /  tr(((C_t - C_s) D^-1)^2),

at most 1. Both are of order 1 / W, unless the domains are alike.
"""

from typing import NamedTuple

import numpy as np

from sktransfer.representation._spectra import of_root, spectrum


class Spread(NamedTuple):
    """A covariance: a matrix, or a root of it, ``root.T @ root``, of fewer rows than features."""

    covariance: np.ndarray | None
    root: np.ndarray | None

    def leading(self, count=None):
        """(eigenvalues, eigenvectors as columns), in falling order."""
        return spectrum(self.covariance, count) if self.root is None else of_root(self.root, count)

    @property
    def total(self):
        """The trace."""
        return np.trace(self.covariance) if self.root is None else np.sum(self.root**2)


class Together(NamedTuple):
    """Two domains.

    Attributes
    ----------
    mean, source_mean : ndarray of shape (n_features,)
        The target's, shrunk; the source's.
    spread, source_spread : Spread
    shrinkage, mean_shrinkage : float
    """

    mean: np.ndarray
    source_mean: np.ndarray
    spread: Spread
    source_spread: Spread
    shrinkage: float
    mean_shrinkage: float


def together(target, source, shrinkage):
    """Lay out two Domains.

    Parameters
    ----------
    target, source : Domain
    shrinkage : float or "auto"
    """
    s = shrinkage
    if shrinkage == "auto":
        s = _covariance_share(target, source)
    mean, b = shrunk_mean(target, source, shrinkage)
    return Together(mean, source.mean, _mixed(target, source, s), _spread(source), float(s), b)


def shrunk_mean(target, source, shrinkage):
    """(mean, its shrinkage)."""
    b, apart = shrinkage, target.mean - source.mean
    if shrinkage == "auto":
        units = _inverse(source.variance)
        b = share(units @ target.variance / target.weight, units @ apart**2)
    return target.mean - b * apart, float(b)


def shrunk_variance(target, source, shrinkage):
    """(variances, their shrinkage): the same rule for features one by one."""
    s = shrinkage
    if shrinkage == "auto":
        ratio = target.variance * _inverse(source.variance)
        s = share(2 * (ratio @ ratio) / (target.weight - 1), ((ratio - (source.variance > 0)) ** 2).sum())
    return (1 - s) * target.variance + s * source.variance, float(s)


def share(noise, apart):
    """How much of a squared distance is noise, at most 1."""
    return 1.0 if apart <= noise else noise / apart


def _spread(domain):
    return Spread(domain.covariance, domain.root)


def _mixed(target, source, s):
    """``(1 - s) C_target + s C_source``: a root where there are few rows."""
    if s == 0:
        return _spread(target)
    roots = target.root, source.root
    if any(root is None for root in roots) or sum(map(len, roots)) >= len(target.mean):
        return Spread((1 - s) * target.full() + s * source.full(), None)
    return Spread(None, np.concatenate([np.sqrt(1 - s) * roots[0], np.sqrt(s) * roots[1]]))


def _covariance_share(target, source):
    units = _inverse(source.variance)
    own = _inner(target, target, units)
    noise = ((units @ target.variance) ** 2 + own) / (target.weight - 1)
    if target.root is None and source.root is None:
        apart = target.covariance - source.covariance
        return share(noise, units @ (apart * apart) @ units)
    return share(noise, own - 2 * _inner(target, source, units) + _inner(source, source, units))


def _inner(one, other, units):
    """tr(C_one D^-1 C_other D^-1)."""
    if one.root is None and other.root is None:
        return units @ (one.covariance * other.covariance) @ units
    if one.root is None:
        one, other = other, one
    scaled = one.root * units
    if other.root is None:
        return np.sum((scaled @ other.covariance) * scaled)
    return np.sum((scaled @ other.root.T) ** 2)


def _inverse(variance):
    """1 / variance; 0 where there is none."""
    return np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
