"""What L-BFGS remembers: the last steps, and how the gradient changed along each.

B = the inverse Hessian that maps each change to its step, nearest to gamma M^-1;  gamma = s'y / (y' M^-1 y), or 1 where
M is the Hessian of some point and so right in size.
"""

import numpy as np

from sktransfer._kernels import add_and_dot, threads_for

# Threads wait for each other forty times in a direction: only very long vectors are worth it.
_PER_VECTOR = 16


class Memory:
    """An inverse Hessian around ``gamma M^-1``; vectors are updated in place, as there are many and they are long.

    Parameters
    ----------
    guess : object with a method ``solve``
        M: a factorised Hessian, its blocks, or its diagonal.
    scaled : bool, default=False
        Whether gamma is learnt from the last step.
    size : int, default=20
        Steps remembered.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4 and equation 7.20.
    """

    def __init__(self, guess, scaled=False, size=20):
        self.guess, self._scaled, self._size, self._gamma = guess, scaled, size, 1.0
        self._pairs = []

    def learn(self, step, change):
        """Take in one step and the change of the gradient along it."""
        curvature = float(step @ change)
        if curvature > 1e-14 * np.linalg.norm(step) * np.linalg.norm(change):
            if self._scaled:
                self._gamma = curvature / float(change @ self.guess.solve(change))
            self._pairs = [*self._pairs, (step, change, 1 / curvature)][-self._size :]

    def direction(self, gradient):
        """``-B gradient`` by the two-loop recursion; each addition is joined to the product that follows it."""
        right, threads = -gradient, threads_for(gradient.size // _PER_VECTOR)
        weights, weight, last = [], 0.0, right
        for step, change, rho in reversed(self._pairs):
            weight = rho * add_and_dot(-weight, last, right, step, threads)
            weights.append(weight)
            last = change
        add_and_dot(-weight, last, right, last, threads)
        result = self.guess.solve(right)
        if self._scaled:
            result *= self._gamma
        factor, last = 0.0, result
        for (step, change, rho), weight in zip(self._pairs, reversed(weights), strict=True):
            factor = weight - rho * add_and_dot(factor, last, result, change, threads)
            last = step
        add_and_dot(factor, last, result, last, threads)
        return result
