"""Two domains in common coordinates, the target's estimates shrunk towards the source's.

Of few rows neither mean nor covariance is well known, and the source's are the best guess at both:

    m = (1 - b) m_target + b m_source,      C = (1 - s) C_target + s C_source.

b and s are the shares of noise in the squared distances that separate the domains (Ledoit and Wolf's rule, with the
source for the point that is shrunk to; its noise is that of normal rows, as in Chen et al.), in the units of the
source's features, D = diag(C_source), S = C_target D^-1:

    b = tr(S) / W  /  (m_t - m_s)' D^-1 (m_t - m_s),
    s = (tr(S)^2 + tr(S^2)) / (W - 1)  /  tr(((C_t - C_s) D^-1)^2),

at most 1. Both are of order 1 / W, unless the domains are alike.

Where all rows of both domains together are fewer than features, everything lies in their span, of orthonormal basis Q.
"""

from typing import NamedTuple

import numpy as np
from scipy import linalg

_EPS = np.finfo(np.float64).eps


class Together(NamedTuple):
    """Two domains in common coordinates.

    Attributes
    ----------
    mean, source_mean : ndarray of shape (n_features,)
        The target's, shrunk; the source's.
    covariance, source_covariance : ndarray of shape (r, r)
        In coordinates of the basis.
    basis : ndarray of shape (n_features, r) or None
        Orthonormal; None is the identity.
    shrinkage, mean_shrinkage : float
    """

    mean: np.ndarray
    source_mean: np.ndarray
    covariance: np.ndarray
    source_covariance: np.ndarray
    basis: np.ndarray | None
    shrinkage: float
    mean_shrinkage: float


def together(target, source, shrinkage):
    """Lay out two Domains.

    Parameters
    ----------
    target, source : Domain
    shrinkage : float or "auto"
    """
    basis = _span(target, source)
    covariance, source_covariance = (_in_basis(domain, basis) for domain in (target, source))
    units = _inverse(source.variance)
    s = shrinkage
    if shrinkage == "auto":
        s = _covariance_share(covariance, source_covariance, _metric(units, basis), target.weight)
    mean, b = shrunk_mean(target, source, shrinkage)
    covariance = (1 - s) * covariance + s * source_covariance
    return Together(mean, source.mean, covariance, source_covariance, basis, float(s), b)


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


def _covariance_share(covariance, source_covariance, metric, weight):
    relative = covariance @ metric
    noise = (np.trace(relative) ** 2 + np.sum(relative * relative.T)) / (weight - 1)
    apart = (covariance - source_covariance) @ metric
    return share(noise, np.sum(apart * apart.T))


def _metric(units, basis):
    """Q' D^-1 Q."""
    return np.diag(units) if basis is None else basis.T @ (units[:, np.newaxis] * basis)


def _inverse(variance):
    """1 / variance; 0 where there is none."""
    return np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)


def _span(target, source):
    """An orthonormal basis of all rows about their means; None where it would not be smaller."""
    roots = [domain.root for domain in (target, source)]
    if any(root is None for root in roots) or sum(map(len, roots)) >= len(target.mean):
        return None
    return linalg.qr(np.concatenate(roots).T, mode="economic", check_finite=False)[0]


def _in_basis(domain, basis):
    if basis is None:
        return domain.full()
    within = domain.root @ basis
    return within.T @ within


def spectrum(matrix):
    """(eigenvalues, eigenvectors) of a positive semidefinite matrix that are not rounding, in falling order."""
    values, vectors = linalg.eigh(matrix, driver="evd", check_finite=False)
    keep = values > 10 * len(values) * _EPS * max(values[-1], 0.0)
    return values[keep][::-1], vectors[:, keep][:, ::-1]
