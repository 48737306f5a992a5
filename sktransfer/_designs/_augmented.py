"""Shared and private features of several domains, without a table that holds them.

A row x of domain d becomes

    [x, 0, .., s x at its domain's place, .., 0, t e_d]         s: private slopes, t: private intercepts

so that one model of these rows is a model of each domain: theta_d = shared + s * private_d. Every product is one of the
domain's own rows and of the small map J_d,

    [x, 1] J_d = the augmented row,       J_d = [[I, .., s I, .., 0], [0, .., 0, .., t e_d]]     (p + 1, width)
"""

import numpy as np
import scipy.sparse as sp

from sktransfer._designs._base import Design
from sktransfer._designs._sparse import SparseDesign


class AugmentedDesign(Design):
    """The rows of a stack, each part a domain with features of its own beside the shared ones.

    Features are [shared; private of each domain, in their order; private intercepts].

    Parameters
    ----------
    stack : StackedDesign
        Its parts are the domains.
    slope : float
        What private features are multiplied with; where it is 0 there are none.
    level : float
        The same of private intercepts.
    """

    def __init__(self, stack, slope, level):
        self.stack, self.dtype, self.sparse = stack, stack.dtype, stack.sparse
        self._slope, self._level = float(slope), float(level)
        n_domains, p = len(stack.parts), stack.n_features
        self._first_level = p * (1 + n_domains * (slope > 0))
        self.n_samples = stack.n_samples
        self.n_features = self._first_level + n_domains * (level > 0)
        self.maps = [self._map(domain, p) for domain in range(n_domains)]
        self._whole = None

    def _map(self, domain, p):
        """J_d: (p + 1, n_features), sparse."""
        own, level = (np.zeros((1, len(self.stack.parts))) for _ in range(2))
        own[0, domain], level[0, domain] = self._slope, self._level
        slopes = [sp.eye_array(p), *([sp.kron(own, sp.eye_array(p))] if self._slope > 0 else [])]
        if self._level == 0:
            return sp.csr_array(sp.vstack([sp.hstack(slopes), sp.csr_array((1, self.n_features))]))
        return sp.csr_array(sp.block_diag([sp.hstack(slopes), level]))

    @classmethod
    def accepts(cls, X):
        """Never: it is built from designs, not from a matrix."""
        return False

    @property
    def shape(self):
        """(n_samples, n_features)."""
        return self.n_samples, self.n_features

    @property
    def work(self):
        """Multiplications in one product with a vector."""
        return self.stack.work

    def _domains(self):
        """(part, the slice of rows where it lies, its map)."""
        return zip(self.stack.parts, self.stack.places, self.maps, strict=True)

    def _with_ones(self, jacobian):
        """The map that leaves the intercept of all domains where it is: (p + 1, n_features + 1)."""
        last = sp.csr_array(([1.0], ([self.stack.n_features], [0])), shape=(self.stack.n_features + 1, 1))
        return sp.hstack([jacobian, last], format="csr")

    def matvec(self, coef):
        """``X @ coef.T``."""
        result = np.empty((self.n_samples, len(coef)))
        for part, place, jacobian in self._domains():
            own = coef @ jacobian.T
            result[place] = part.matvec(np.ascontiguousarray(own[:, :-1])) + own[:, -1]
        return result

    def rmatvec(self, residual):
        """``residual.T @ X``."""
        result = np.zeros((residual.shape[1], self.n_features))
        for part, place, jacobian in self._domains():
            rows = np.ascontiguousarray(residual[place])
            result += np.column_stack([part.rmatvec(rows), rows.sum(axis=0)]) @ jacobian
        return result

    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)``, each part about its own mean where one is asked for."""
        result = np.zeros((self.n_features, self.n_features))
        for part, place, jacobian in self._domains():
            own = np.ascontiguousarray(weight[place])
            if mean is None:
                result += jacobian.T @ part.sandwich_with_ones(own, single) @ jacobian
            elif own.sum() > 0:
                centre = part.rmatvec(own[:, np.newaxis])[0] / own.sum()
                about = np.append(centre, 1.0) @ jacobian - mean
                result += jacobian[:-1].T @ part.sandwich(own, centre, single) @ jacobian[:-1]
                result += own.sum() * np.outer(about, about)
        return result

    def sandwich_with_ones(self, weight, single=False):
        """``[X, 1].T @ diag(weight) @ [X, 1]``."""
        result = np.zeros((self.n_features + 1, self.n_features + 1))
        for part, place, jacobian in self._domains():
            ones = self._with_ones(jacobian)
            result += ones.T @ part.sandwich_with_ones(np.ascontiguousarray(weight[place]), single) @ ones
        return result

    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T``: of the shared features, then of each domain's own."""
        p = self.stack.n_features
        mean = np.zeros(self.n_features) if mean is None else mean
        result = self.stack.outer(scale[:p], mean[:p])
        for domain, (part, place, _) in enumerate(self._domains()):
            if self._slope > 0:
                own = slice((1 + domain) * p, (2 + domain) * p)
                self._add_own(result, part, place, scale[own], mean[own])
            if self._level > 0:
                column = -np.full(self.n_samples, mean[self._first_level + domain])
                column[place] += self._level
                result += scale[self._first_level + domain] * np.outer(column, column)
        return result

    def _add_own(self, result, part, place, scale, mean):
        """Add the products of one domain's private features, which are zero in the rows of all others."""
        constant = float(mean @ (scale * mean))
        crossed = self._slope * part.matvec((scale * mean)[np.newaxis])[:, 0]
        result[place, place] += part.outer(self._slope**2 * scale, mean / self._slope)
        others = np.ones(self.n_samples, dtype=bool)
        others[place] = False
        result[place, others] += (constant - crossed)[:, np.newaxis]
        result[others, place] += constant - crossed
        result[np.ix_(others, others)] += constant

    def quadratic(self, matrix, mean=None):
        """``(x - mean)' M (x - mean)`` of each row."""
        result = np.empty(self.n_samples)
        for part, place, jacobian in self._domains():
            shifted = jacobian.toarray()
            shifted[-1] -= 0.0 if mean is None else mean
            result[place] = part.quadratic_with_ones(np.ascontiguousarray(shifted @ matrix @ shifted.T))
        return result

    def quadratic_with_ones(self, matrix):
        """``[x, 1]' M [x, 1]`` of each row."""
        result = np.empty(self.n_samples)
        for part, place, jacobian in self._domains():
            ones = self._with_ones(jacobian)
            result[place] = part.quadratic_with_ones(np.ascontiguousarray(ones @ matrix @ ones.T))
        return result

    def centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``: of features that are zero in a domain, its weight times the mean's."""
        p = self.stack.n_features
        result = np.zeros(self.n_features)
        for domain, (part, place, _) in enumerate(self._domains()):
            own = np.ascontiguousarray(weight[place])
            more = own.sum() * mean**2
            more[:p] = part.centred_squares(mean[:p], own)
            if self._slope > 0:
                at = slice((1 + domain) * p, (2 + domain) * p)
                more[at] = self._slope**2 * part.centred_squares(mean[at] / self._slope, own)
            if self._level > 0:
                at = self._first_level + domain
                more[at] = own.sum() * (self._level - mean[at]) ** 2
            result += more
        return result

    def columns(self, at):
        """Some features' entries, sparse where the rows are."""
        blocks = []
        for part, _, jacobian in self._domains():
            feature = np.asarray(at) % self.stack.n_features
            factor, levels = np.ravel(jacobian[feature, at]), np.ones((part.n_samples, 1)) @ jacobian[-1:, at]
            block, shift = part.columns(feature)
            if self.sparse:
                blocks.append(block @ sp.diags_array(factor) + sp.csc_array(levels))
            else:
                block = block.toarray() if sp.issparse(block) else block
                blocks.append((block - shift) * factor + levels)
        return (sp.vstack(blocks, format="csc") if self.sparse else np.concatenate(blocks)), np.zeros(len(at))

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """One visit to the rows of each domain; None about a mean, or where one of them has no such road."""
        if mean is not None:
            return None
        size = self.n_features + ones
        value, gradient, total, hessian = 0.0, np.zeros(self.n_features), 0.0, second and np.zeros((size, size))
        for part, place, jacobian in self._domains():
            *slopes, level = jacobian @ coef
            shifts = None if offset is None else offset[place]
            rows = (loss, y[place], weight[place], shifts, intercept + level, np.array(slopes))
            visit = part.visit(*rows, second=second)
            if visit is None:
                return None
            value, total = value + visit[0], total + visit[2]
            gradient += np.append(visit[1], visit[2]) @ jacobian
            if second:
                outward = self._with_ones(jacobian) if ones else jacobian
                hessian += outward.T @ visit[3] @ outward
        return value, gradient, total, hessian

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """One visit to the rows of each domain; None where one of them has no such road."""
        value, gradient, sums = 0.0, np.zeros(coef.shape), np.zeros(len(coef))
        for part, place, jacobian in self._domains():
            own = coef @ jacobian.T
            slopes, level = np.ascontiguousarray(own[:, :-1]), intercept + own[:, -1]
            visit = part.joint_gradient(kernel, y[place], weight[place], slopes, level, offset[place])
            if visit is None:
                return None
            value, sums = value + visit[0], sums + visit[2]
            gradient += np.column_stack([visit[1], visit[2]]) @ jacobian
        return value, gradient, sums

    @property
    def dense(self):
        """All entries as one table, where all parts have them."""
        return None if self.stack.dense is None else self.table

    @property
    def by_row(self):
        """As the stack's."""
        return self.stack.by_row

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """Coordinate ascent over rows, which are put together once, without their zeros."""
        return self._together().ascend(ascent, spread, level, order, margin, tol, max_epochs, mean)

    def row_squares(self, spread):
        """``(X ** 2) @ spread``."""
        return self._together().row_squares(spread)

    def _together(self):
        """The augmented rows in compressed form: a copy."""
        if self._whole is None:
            parts = [sp.csr_array(rows) for rows in self._stored()]
            self._whole = SparseDesign(sp.vstack([self._times(*each) for each in self._mapped(parts)], format="csr"))
        return self._whole

    def table(self):
        """The augmented rows as one matrix of the rows' own type, sparse where one of the parts is: a copy."""
        parts = self._stored()
        if any(sp.issparse(rows) for rows in parts):
            return self._together().stored().astype(self.dtype)
        result = np.empty(self.shape, dtype=self.dtype)
        for place, (rows, jacobian) in zip(self.stack.places, self._mapped(parts), strict=True):
            result[place] = self._times(rows, jacobian)
        return result

    def _stored(self):
        return [part.stored() for part in self.stack.parts]

    def _mapped(self, parts):
        return zip(parts, self.maps, strict=True)

    def _times(self, rows, jacobian):
        """``[rows, 1] @ jacobian``."""
        levels = sp.csr_array(np.ones((rows.shape[0], 1))) @ jacobian[-1:]
        return rows @ jacobian[:-1] + (levels if sp.issparse(rows) else levels.toarray())
