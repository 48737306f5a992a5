"""Squared loss along a path of strengths, by one eigendecomposition.

    minimise over theta   sum_i w_i (y_i - a_i . theta)^2 / 2 + s (theta - c)' P (theta - c) / 2,   a = [x - mean, 1]

With F = A' W A and T, beta from :func:`simultaneous` of (F, s_0 P), for every s

    (F + s P)^-1 = T diag(d_s) T',   d_s = 1 / (1 - beta + beta s / s_0)
    eta_s = eta_c + Z (d_s * T' A' W (y - eta_c)),   Z = A T          predictors
    h_s   = w Z^2 d_s                                                 leverages
    eta_s + h_s (eta_s - y) / (1 - h_s)                               by the fit without that row, exactly

so a strength costs O(n m) after one A' W A, one m x m eigendecomposition and one A T. Of several terms, F and
A' W (y - eta_c) are sums; the first one's rows are left out.
"""

import numpy as np

from sktransfer._base._levelled import Levelled, common_precision, left_out, quadratic_and_free, simultaneous


class Spectrum:
    """A squared-loss objective, ready for any strength of its prior.

    Parameters
    ----------
    objective : Objective
        One that :meth:`accepts`.
    reference : float
        s_0: a strength in the middle of those that will be asked for.

    Raises
    ------
    numpy.linalg.LinAlgError
        If neither rows nor prior see some direction.

    References
    ----------
    Golub & Van Loan (2013), Matrix Computations, chapter 8.7. Allen (1974), The relationship between variable selection
    and data augmentation and a method for prediction: exact leave-one-out.
    """

    @staticmethod
    def accepts(objective):
        """Whether it is squared loss, free, with one Gaussian prior that is the same for each output."""
        return quadratic_and_free(objective) and objective.priors[0].linear

    def __init__(self, objective, reference):
        self._reference, self._objective = float(reference), objective
        self._levelled = Levelled.of(objective, np.ones(len(objective.terms)))
        with objective.threads:
            self._precision = self._levelled.precision(common_precision(objective))
            self._eta, *gradients = self._levelled.residuals(objective)
            information = sum(self._levelled.information(term) for term in objective.terms)
            self._directions, self._beta = simultaneous(information, self._reference * self._precision)
        self._pulled = self._directions.T @ sum(gradients)

    def held_out(self, strengths):
        """Each row's predictor by the fit without it: an iterator of (n_samples, n_outputs), one per strength."""
        relative = np.asarray(strengths) / self._reference
        factors = 1 / (1 - self._beta + np.multiply.outer(relative, self._beta))
        moves = factors[:, :, np.newaxis] * self._pulled
        with self._objective.threads:
            term, ones = self._objective.terms[0], np.ones(len(relative))
            return iter(left_out(term, self._levelled, self._directions, self._eta, factors, moves, ones))

    def solutions(self, strengths):
        """The minimisers, one step of refinement from the formula's.

        Returns
        -------
        list of (theta (n_params,), ``max |gradient| / sum of weights``, objective, ``tr[F (F + s P)^-1]``)
            One per strength.
        """
        strengths = np.asarray(strengths, dtype=np.float64)
        factors = 1 / (1 - self._beta + np.multiply.outer(strengths / self._reference, self._beta))
        with self._objective.threads:
            moves = self._directions @ (factors[:, :, np.newaxis] * self._pulled)
            gradient = self._gradients(moves, strengths)[0]
            moves -= self._directions @ (factors[:, :, np.newaxis] * (self._directions.T @ gradient))
            gradient, values = self._gradients(moves, strengths)
        n_outputs = self._objective.layout.n_outputs
        information = n_outputs * (factors @ (1 - self._beta))
        thetas, certificates = self._thetas(moves), self._certificates(gradient)
        return list(zip(thetas, certificates.tolist(), values, information.tolist(), strict=True))

    def _gradients(self, moves, strengths):
        """(gradients (n_strengths, m, K), objectives) at moves (n_strengths, m, K) from the centre: one term."""
        (term,), (size, m, K) = self._objective.terms, moves.shape
        flat = moves.transpose(1, 0, 2).reshape(m, size * K)
        etas = self._levelled.images(term.design, flat).reshape(-1, size, K) + self._eta[:, np.newaxis]
        residual = term.weight[:, np.newaxis, np.newaxis] * (etas - term.y[:, np.newaxis])
        loss = self._levelled.pulled_back(term, residual.reshape(-1, size * K)).reshape(m, size, K)
        pull = strengths[:, np.newaxis, np.newaxis] * (self._precision @ moves)
        values = [
            term.loss.value(term.y, np.ascontiguousarray(etas[:, k]), term.weight)
            + 0.5 * float(np.vdot(pull[k], moves[k]))
            for k in range(size)
        ]
        return loss.transpose(1, 0, 2) + pull, values

    def _thetas(self, moves):
        """Parameters at moves from the centre: (n_strengths, n_params)."""
        layout, centre = self._objective.layout, self._objective.priors[0].centre
        p = layout.n_features
        slopes = moves[:, :p].transpose(0, 2, 1)
        parts = [slopes.reshape(len(moves), -1)]
        if layout.fit_intercept:
            parts.append(moves[:, p] - slopes @ self._levelled.mean)
        return centre + np.hstack(parts)

    def _certificates(self, gradient):
        """From gradients in these coordinates those by theta, their largest entries over the sum of weights."""
        p = self._objective.layout.n_features
        if self._objective.layout.fit_intercept:
            gradient[:, :p] += self._levelled.mean[:, np.newaxis] * gradient[:, p:]
        return np.abs(gradient).max(axis=(1, 2), initial=0.0) / self._objective.total_weight
