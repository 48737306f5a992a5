"""One loss term of the objective: ``scale * sum_i w_i * loss(y_i, x_i . theta + offset_i)``."""

import copy

import numpy as np

from sktransfer._designs import as_design


class LossTerm:
    """Rows, their loss and their weight.

    Parameters
    ----------
    design : Design, ndarray or sparse array of shape (n_samples, n_features)
    loss : Loss
    y : array-like
        Targets, in the form that ``loss.encode`` takes.
    weight : array-like of shape (n_samples,), default=None
        Not negative; ones by default.
    offset : array-like, default=None
        Added to the linear predictor: (n_samples, n_outputs), (n_samples,) for one output, or (n_outputs,).
    scale : float, default=1.0
        The term's own factor a_k.
    """

    def __init__(self, design, loss, y, weight=None, offset=None, scale=1.0):
        self.design = as_design(design)
        self.loss = loss
        self.y = loss.encode(y)
        weight = np.ones(self.design.n_samples) if weight is None else weight
        self.weight = scale * np.ascontiguousarray(weight, dtype=np.float64)
        self.offset = self._shape_offset(offset)

    def _shape_offset(self, offset):
        if offset is None:
            return None
        offset = np.asarray(offset, dtype=np.float64)
        shape = (self.design.n_samples, self.loss.n_outputs)
        if offset.ndim == 1 and shape[1] == 1 and len(offset) == shape[0]:
            offset = offset[:, np.newaxis]
        try:
            return np.broadcast_to(offset, shape)
        except ValueError:
            raise ValueError(
                f"offset of shape {offset.shape} does not fit {shape[0]} rows and {shape[1]} outputs"
            ) from None

    @property
    def total_weight(self):
        """Sum of the weights, the term's factor included."""
        return float(self.weight.sum())

    def every(self, step):
        """Every ``step``-th row, weighing as much as all; None where that is not cheap or they weigh nothing."""
        design, weight = self.design.rows(slice(None, None, step)), self.weight[::step]
        if design is None or not weight.sum() > 0:
            return None
        part = copy.copy(self)
        part.design, part.y = design, self.y[::step].copy()
        part.weight = weight * (self.weight.sum() / weight.sum())
        part.offset = None if self.offset is None else self.offset[::step]
        return part

    def predict(self, layout, theta):
        """Linear predictor with the offset: (n_samples, n_outputs)."""
        eta = self.direction(layout, theta)
        return eta if self.offset is None else np.add(eta, self.offset, out=eta)

    def direction(self, layout, theta):
        """Linear predictor without the offset: how it changes along ``theta``."""
        coef, intercept = layout.split(theta)
        eta = self.design.matvec(coef)
        return eta if intercept is None else np.add(eta, intercept, out=eta)

    def visit(self, layout, theta, second=None):
        """(value, gradient by theta, second derivative or None) in one visit to the rows; None where there is no such.

        ``second``: None, "double" or "single", as :meth:`Design.visit` takes it.
        """
        if self.loss.joint_kernel is not None and second is None:
            return self._joint_visit(layout, theta)
        if self.loss.fused_kernel is None or layout.n_outputs > 1:
            return None
        coef, intercept = layout.split(theta)
        visit = self.design.visit(
            self.loss,
            self.y.ravel(),
            self.weight,
            None if self.offset is None else np.ascontiguousarray(self.offset[:, 0]),
            0.0 if intercept is None else float(intercept[0]),
            np.ascontiguousarray(coef[0]),
            second=second,
            ones=layout.fit_intercept,
        )
        if visit is None:
            return None
        value, gradient, total, hessian = visit
        return value, layout.join(gradient, total), hessian

    def _joint_visit(self, layout, theta):
        """:meth:`visit` where outputs interact: value and gradient only."""
        coef, intercept = layout.split(theta)
        shape = (self.design.n_samples, layout.n_outputs)
        offset = np.broadcast_to(0.0, shape) if self.offset is None else self.offset
        intercept = np.zeros(layout.n_outputs) if intercept is None else intercept
        visit = self.design.joint_gradient(self.loss.joint_kernel, self.y, self.weight, coef, intercept, offset)
        return None if visit is None else (visit[0], layout.join(*visit[1:]), None)

    def magnitudes(self, layout, theta):
        """The sizes of what the gradient adds up: (``sum_i w_i x_ij^2`` (n_params,), ``sum_i s_i^2 / w_i``).

        ``s_i = |r_i| + c_i (|x_i . coef| + |intercept| + |offset_i|)``, r_i and c_i a row's slope and curvature.
        """
        (coef, intercept), seen = layout.split(theta), self.weight > 0
        of_eta = np.abs(self.design.matvec(coef))
        for part in (intercept, self.offset):
            of_eta += 0.0 if part is None else np.abs(part)
        _, residual, curvature = self.loss.gradient(self.y, self.predict(layout, theta), self.weight)
        sizes = np.abs(residual)
        for k in range(layout.n_outputs):
            entry = curvature.block(k, k)
            sizes[:, k] += 0.0 if entry is None else np.abs(entry) * of_eta[:, k]
        squares = np.tile(self.design.squares(self.weight), (layout.n_outputs, 1))
        total = np.full(layout.n_outputs, self.weight.sum())
        return layout.join(squares, total), float(np.sum(sizes[seen] ** 2 / self.weight[seen, np.newaxis]))

    def pull_back(self, layout, residual):
        """Transpose of :meth:`direction`: (n_samples, n_outputs) -> (n_params,)."""
        return layout.join(self.design.rmatvec(residual), residual.sum(axis=0))

    def product(self, layout, curvature, direction):
        """Second derivative times a direction of theta: (n_params,) -> (n_params,)."""
        if layout.n_outputs > 1:
            return self.pull_back(layout, curvature.apply(self.direction(layout, direction)))
        coef, intercept = layout.split(direction)
        shift = 0.0 if intercept is None else float(intercept[0])
        return layout.join(*self.design.hessian_product(curvature.block(0, 0), coef[0], shift))

    def sandwich(self, layout, weight, single=False):
        """``[X, 1]' diag(weight) [X, 1]``, without the ones where no intercept is fitted."""
        product = self.design.sandwich_with_ones if layout.fit_intercept else self.design.sandwich
        return product(weight, single=single)

    def add_hessian(self, layout, curvature, hessian, single=False):
        """Add ``sum over rows of x_i' curvature_i x_i`` to ``hessian`` in place."""
        if layout.n_outputs == 1:
            hessian += self.sandwich(layout, curvature.block(0, 0), single)
            return
        if self.loss.shift_invariant:
            self._add_between(layout, curvature, hessian, single)
            return
        shared = None
        for k in range(layout.n_outputs):
            for m in range(k + 1):
                entry = curvature.block(k, m)
                if entry is None:
                    continue
                if k == m and self.loss.separable:
                    shared = block = self.sandwich(layout, entry, single) if shared is None else shared
                elif k == m:
                    block = self.sandwich(layout, entry, single)
                else:
                    # Off the diagonal softmax curvature is negative: take its modulus, then the sign.
                    block = -self.sandwich(layout, -entry, single)
                layout.add_block(hessian, k, m, block)
                if k != m:
                    layout.add_block(hessian, m, k, block.T)

    def _add_between(self, layout, curvature, hessian, single):
        """The same where a row's curvature sums to zero: off the diagonal it is negative, on it what balances that."""
        own = [0.0] * layout.n_outputs
        for k in range(layout.n_outputs):
            for m, block in enumerate(self._sandwiches(layout, [-curvature.block(k, m) for m in range(k)], single)):
                own[k], own[m] = own[k] + block, own[m] + block
                np.negative(block, out=block)
                layout.add_block(hessian, k, m, block)
                layout.add_block(hessian, m, k, block)
        for k, block in enumerate(own):
            layout.add_block(hessian, k, k, block)

    def _sandwiches(self, layout, weights, single):
        """:meth:`sandwich` of each of some weights (n_samples,)."""
        rows = self.design.few_rows
        if rows is None or not weights:
            return (self.sandwich(layout, weight, single) for weight in weights)
        rows = rows if layout.fit_intercept else rows[:, :-1]
        return (rows.T * np.array(weights)[:, np.newaxis]) @ rows
