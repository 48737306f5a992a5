"""Slow, obvious twins of the aligned spaces."""

import numpy as np
from scipy import linalg
from sklearn.metrics.pairwise import pairwise_kernels


def coral(X, X_source):
    """(mean, source mean, C^-1/2 C_source^1/2) by Schur's method."""
    roots = [linalg.sqrtm(np.cov(rows, rowvar=False)).real for rows in (X, X_source)]
    return X.mean(axis=0), X_source.mean(axis=0), linalg.inv(roots[0]) @ roots[1]


def low_rank_coral(X, X_source):
    """The same map where directions lack spread: singular value decompositions of the rows, all of them."""
    (u, root), (v, source_root) = (_directions(rows) for rows in (X, X_source))
    both = linalg.null_space(np.concatenate([u.T, v.T]))
    return u @ np.diag(1 / root) @ u.T @ v @ np.diag(source_root) @ v.T + both @ both.T


def _directions(rows):
    _, values, vectors = np.linalg.svd((rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1))
    keep = np.flatnonzero(values > 1e-10 * values[0])
    return vectors[keep].T, values[keep]


def shrinkage(X, X_source):
    """(of the covariance, of the mean), by the pseudo-inverse of the source's covariance and sums over eigenvalues."""
    n, p = X.shape
    C, C_source = np.atleast_2d(np.cov(X, rowvar=False)), np.atleast_2d(np.cov(X_source, rowvar=False))
    inverse = np.linalg.pinv(C_source, rcond=1e-12, hermitian=True)
    S, unit = C @ inverse, C_source @ inverse
    noise = (sum(S[i, i] for i in range(p)) ** 2 + sum(S[i, j] * S[j, i] for i in range(p) for j in range(p))) / (n - 1)
    gap = S - unit
    apart = sum(gap[i, j] * gap[j, i] for i in range(p) for j in range(p))
    shift = X.mean(axis=0) - X_source.mean(axis=0)
    return min(1.0, noise / apart), min(1.0, np.trace(S) / n / (shift @ inverse @ shift))


def transfer_components(X, X_source, alpha, kernel, **settings):
    """(eigenvalues, coefficients (n, n), kernel matrix) of ``K H K w = lambda (K L K + alpha I) w``, source first."""
    rows, sizes = np.concatenate([X_source, X]), (len(X_source), len(X))
    n = len(rows)
    K = pairwise_kernels(rows, metric=kernel, **settings)
    l = np.repeat([1 / sizes[0], -1 / sizes[1]], sizes)  # noqa: E741 -- the paper's letter
    H = np.eye(n) - np.full((n, n), 1 / n)
    values, vectors = linalg.eig(linalg.solve(K @ np.outer(l, l) @ K + alpha * np.eye(n), K @ H @ K))
    order = np.argsort(-values.real)
    return values.real[order], vectors.real[:, order], K


def matched(x, X, X_source):
    """F_source^-1(F_target(x)) for one feature and one of the target's values."""

    def known(rows):
        values = sorted(set(rows))
        return values, [(np.sum(rows < value) + np.sum(rows == value) / 2) / len(rows) for value in values]

    values, below = known(X)
    level = below[values.index(x)]
    values, below = known(X_source)
    if level <= below[0]:
        return values[0]
    for k in range(1, len(values)):
        if level <= below[k]:
            part = (level - below[k - 1]) / (below[k] - below[k - 1])
            return values[k - 1] + part * (values[k] - values[k - 1])
    return values[-1]
