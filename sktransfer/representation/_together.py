"""Two domains side by side, the target's estimates shrunk towards the source's.

Of few rows neither mean nor covariance is well known, and the source's are the best guess at both:

    m = (1 - b) m_target + b m_source,      C = (1 - s) C_target + s C_source.

b and s are the shares of noise in the squared distances that separate the domains (Ledoit and Wolf's rule, with the
source for the point that is shrunk to; its noise is that of normal rows, as in Chen et al.). Distances are the source's
own, Mahalanobis', because C will be inverted: with S = C_target C_source^-1,

    b = tr(S) / W  /  (m_target - m_source)' C_source^-1 (m_target - m_source),
    s = (tr(S)^2 + tr(S^2)) / (W - 1)  /  tr((S - I)^2),

at most 1. Both are of order 1 / W, unless the domains are alike.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sktransfer.representation._spectra import of_root, spectrum


@dataclass(frozen=True)
class Spread:
    """A covariance: a matrix, or a root of it, ``root.T @ root``, of fewer rows than features."""

    covariance: np.ndarray | None
    root: np.ndarray | None

    @cached_property
    def axes(self):
        """(eigenvalues, eigenvectors as columns), in falling order."""
        return self._found(None)

    def leading(self, count=None):
        """The first ``count`` of them, or a few more."""
        return self._found(count) if count is not None and "axes" not in vars(self) else self.axes

    @property
    def total(self):
        """The trace."""
        return np.trace(self.covariance) if self.root is None else np.sum(self.root**2)

    def _found(self, count):
        return spectrum(self.covariance, count) if self.root is None else of_root(self.root, count)


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
    spread, apart = Spread(source.covariance, source.root), target.mean - source.mean
    s, b = _shares(target, spread, apart) if shrinkage == "auto" else (shrinkage, shrinkage)
    mean = target.mean - b * apart
    return Together(mean, source.mean, _mixed(target, source, s), spread, float(s), float(b))


def _shares(target, spread, apart):
    """(s, b)."""
    values, vectors = spread.axes
    whiten = vectors / np.sqrt(values)
    if target.root is None:
        relative = whiten.T @ target.covariance @ whiten
    else:
        relative = target.root @ whiten
        relative = relative @ relative.T  # its eigenvalues, beside zeros
    total, square = np.trace(relative), np.sum(relative**2)
    noise = (total**2 + square) / (target.weight - 1)
    s = share(noise, square - 2 * total + len(values))
    return s, share(total / target.weight, np.sum((apart @ whiten) ** 2))


def shrunk_mean(target, source, shrinkage):
    """(mean, its shrinkage): the same rule for features one by one."""
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


def _mixed(target, source, s):
    """``(1 - s) C_target + s C_source``: a root where there are few rows."""
    if s == 0:
        return Spread(target.covariance, target.root)
    roots = target.root, source.root
    if any(root is None for root in roots) or sum(map(len, roots)) >= len(target.mean):
        return Spread((1 - s) * target.full() + s * source.full(), None)
    return Spread(None, np.concatenate([np.sqrt(1 - s) * roots[0], np.sqrt(s) * roots[1]]))


def _inverse(variance):
    """1 / variance; 0 where there is none."""
    return np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
