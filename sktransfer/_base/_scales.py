"""A fitted factor a source: the prior's centre may move along the sources,

    theta_s = sum_k beta_k theta_k,      (beta - 1 / K)' C (beta - 1 / K) / 2 added to the objective

At finite strength beta is minimised over (see :mod:`sktransfer._priors._freed`); at infinite strength the slopes are
held in the span of the sources, which recalibrates them (Cox 1958; Steyerberg 2019). Intercepts keep their own pull,
towards the mean of the sources'. Outputs that do not interact have factors of their own; classes of one softmax share
theirs.

C is light: see :mod:`sktransfer._base._light`.

beta moves on a *face* of what is allowed, ``origin + basis @ u``: all of the space, or some factors at zero and, for a
simplex, the others' sum at one. The origin is the point of the face where the penalty is smallest, so that u has none
but a square. Which face is found in :mod:`sktransfer._base._faces`.
"""

import copy
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.linalg import block_diag, qr

from sktransfer._priors import FreedPrecision, GaussianPrior, Held, LowRankPrecision

_RANK = 1e-10
_FEW = 10


class Face(NamedTuple):
    """Where the factors of one output (or of all) may move freely.

    Attributes
    ----------
    origin : ndarray of shape (n_sources,)
    basis : ndarray of shape (n_sources, n_free)
    """

    origin: np.ndarray
    basis: np.ndarray

    @classmethod
    def of(cls, rule, support, light):
        """The face with a support (n_sources,) of bool; ``rule`` is "free", "nonnegative" or "simplex"."""
        if rule == "free":
            return cls(np.full(len(support), 1 / len(support)), np.eye(len(support)))
        basis, inside = np.eye(len(support))[:, support], np.zeros(len(support))
        if rule == "simplex":
            inside[support] = 1 / np.count_nonzero(support)
            basis = basis @ np.linalg.svd(np.ones((1, basis.shape[1])))[2][1:].T
        slope = basis.T @ light @ (inside - 1 / len(support))
        return cls(inside - basis @ np.linalg.pinv(basis.T @ light @ basis, hermitian=True) @ slope, basis)


class Factors(NamedTuple):
    """How factors may move, and how they are pulled.

    Attributes
    ----------
    light : ndarray of shape (n_groups, n_sources, n_sources)
        C of each group of outputs with the same factors, on the scale of a plain sum of losses: one group of all, or
        one an output.
    faces : list of Face
        One a group.
    """

    light: np.ndarray
    faces: list

    @classmethod
    def of(cls, rule, supports, light):
        """On the faces with supports (n_groups, n_sources)."""
        return cls(light, [Face.of(rule, support, c) for support, c in zip(supports, light, strict=True)])

    @property
    def moved(self):
        """Whether the prior's centre is other than the sources' mean."""
        return any(np.any(face.origin != 1 / len(face.origin)) for face in self.faces)

    @property
    def origin(self):
        """What the prior's centre has: (n_sources,), or (n_outputs, n_sources) where outputs have their own."""
        return self.faces[0].origin if len(self.faces) == 1 else np.array([face.origin for face in self.faces])


class Scales:
    """The directions that the sources are, and how far the centre moved along them.

    Parameters
    ----------
    slopes : ndarray of shape (n_sources, n_outputs, n_features)
        Of each source, in the coordinates that the problem is posed in.
    factors : Factors
    shown : ndarray of shape (n_outputs,) of bool
        Outputs that some row shows; the others keep the mean of the sources.
    """

    def __init__(self, slopes, factors, shown):
        self._slopes, self._shown = np.asarray(slopes), shown
        self._faces = factors.faces
        reduced = [face.basis.T @ light @ face.basis for light, face in zip(*factors, strict=True)]
        self._light = reduced[0] if len(reduced) == 1 else block_diag(*reduced)
        self._readers = []

    @property
    def shared(self):
        """Whether one factor serves all outputs."""
        return len(self._faces) == 1

    def free(self, precision, layout, outputs):
        """``precision`` with the sources' directions of some outputs freed."""
        freed = FreedPrecision(precision, self._directions(layout, outputs), self._light)
        self._readers.append(freed)
        return freed

    def hold(self, held, layout, outputs):
        """(Held, priors) with the slopes of some outputs free along the sources."""
        directions = self._directions(layout, outputs)
        along = directions[:, _independent(directions)]
        inverse = np.linalg.pinv(directions)
        few = held.n_free <= _FEW
        basis = np.hstack([held.basis.toarray(), along]) if few else sp.hstack([held.basis, sp.csr_array(along)])
        priors = []
        if np.any(self._light):
            root = _root(self._light)
            inverse = _lightest(directions, root) @ inverse
            priors = [GaussianPrior(held.centre, LowRankPrecision((root @ inverse).T))]
        self._readers.append(_Along(inverse))
        return Held(held.centre, basis), priors

    def times(self, priors):
        """The same where the precisions that were freed are those of ``priors`` now."""
        result = copy.copy(self)
        freed = [prior.precision for prior in priors if hasattr(prior.precision, "moved")]
        result._readers = freed + [reader for reader in self._readers if isinstance(reader, _Along)]
        return result

    def weights(self, delta):
        """beta at ``theta - centre``: (n_sources,), or (n_outputs, n_sources) where outputs have their own."""
        moved = np.array(sum((reader.moved(delta) for reader in self._readers), np.zeros(len(self._light))))
        parts = np.split(moved, np.cumsum([face.basis.shape[1] for face in self._faces])[:-1])
        beta = [face.origin + face.basis @ part for face, part in zip(self._faces, parts, strict=True)]
        return beta[0] if self.shared else np.array(beta)

    def coef(self, beta):
        """``sum_k beta_k theta_k``: (n_outputs, n_features)."""
        return np.einsum("ck,kcp->cp", of_outputs(beta, self._shown), self._slopes)

    def _directions(self, layout, outputs):
        """How slopes move with u, zero for other outputs: (n_params, n_directions)."""
        columns = [np.zeros((layout.n_params, 0))]
        for group, face in enumerate(self._faces):
            of_group = outputs if self.shared else outputs & (np.arange(len(outputs)) == group)
            slopes = np.where(of_group[:, np.newaxis], np.tensordot(face.basis.T, self._slopes, 1), 0.0)
            none = np.zeros(layout.n_outputs)
            columns += [layout.join(slope, none)[:, np.newaxis] for slope in slopes]
        return np.hstack(columns)


class _Along(NamedTuple):
    """How far slopes that are held have moved along the sources."""

    inverse: np.ndarray

    def moved(self, delta):
        """u at ``theta - centre``."""
        return self.inverse @ delta


def of_outputs(beta, shown):
    """Factors of each output, (n_outputs, n_sources): the mean of the sources where no row shows one."""
    beta = np.asarray(beta)
    return np.where(np.asarray(shown)[:, np.newaxis], beta, 1 / beta.shape[-1])


def _root(matrix):
    """R with ``R'R`` a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.sqrt(np.maximum(values, 0.0))[:, np.newaxis] * vectors.T


def _lightest(directions, root):
    """Of all u that ``directions`` send to one place the one with the least ``|root @ u|``: a projection."""
    none = np.linalg.svd(directions, full_matrices=True)
    rank = np.count_nonzero(none[1] > _RANK * none[1].max(initial=0.0))
    null = none[2][rank:].T
    return np.eye(len(root)) - null @ np.linalg.pinv(root @ null) @ root


def _independent(directions):
    """Positions of columns that span all of them."""
    if not np.any(directions):
        return np.zeros(0, dtype=int)
    norms = np.linalg.norm(directions, axis=0)
    triangle, order = qr(directions / np.where(norms > 0, norms, 1.0), mode="r", pivoting=True)
    size = np.abs(triangle.diagonal())
    return np.sort(order[: np.count_nonzero(size > _RANK * size[0])])
