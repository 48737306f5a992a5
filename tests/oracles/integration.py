"""Integrals over a few parameters by the trapezoidal rule, which is exact to rounding for smooth bumps."""

from itertools import product

import numpy as np


def log_integral(log_density, centre, widths, points=61, reach=9.0):
    """Logarithm of the integral of ``exp(log_density(theta))`` over a box of ``reach`` widths about ``centre``.

    ``log_density`` takes (m, d) and gives (m,).
    """
    log_values, _, step = _grid(log_density, centre, widths, points, reach)
    top = log_values.max()
    return top + np.log(np.exp(log_values - top).sum()) + step


def mean(log_density, centre, widths, points=61, reach=9.0):
    """The mean of theta under the density: (d,)."""
    log_values, thetas, _ = _grid(log_density, centre, widths, points, reach)
    chances = np.exp(log_values - log_values.max())
    return chances @ thetas / chances.sum()


def _grid(log_density, centre, widths, points, reach):
    axes = [at + np.linspace(-reach, reach, points) * width for at, width in zip(centre, widths, strict=True)]
    thetas = np.array(list(product(*axes)))
    return log_density(thetas), thetas, sum(np.log(axis[1] - axis[0]) for axis in axes)
