"""One call of each kernel on small fixed inputs; ``python -m benchmarks.kernel_calls KERNEL ...`` makes them.

Run under callgrind by ``benchmarks.instructions``.
"""

import sys

import numpy as np
import scipy.sparse

from sktransfer import _kernels

ROWS, COLUMNS, OUTPUTS, BLOCK = 512, 16, 3, 128
CALLS_EACH = 2


def _inputs():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS))
    sparse = scipy.sparse.random(ROWS, COLUMNS, density=0.25, format="csr", random_state=0)
    return {
        "X": X,
        "compressed": (sparse.data, sparse.indices.astype(np.intc), sparse.indptr.astype(np.intc)),
        "eta": rng.standard_normal(ROWS),
        "etas": rng.standard_normal((ROWS, OUTPUTS)),
        "y": (X[:, 0] > 0).astype(np.float64),
        "classes": rng.integers(OUTPUTS, size=ROWS).astype(np.intp),
        "w": np.ones(ROWS),
        "mean": X.mean(axis=0),
        "coef": rng.standard_normal(COLUMNS),
        "coefs": rng.standard_normal((COLUMNS, OUTPUTS)),
    }


def _fused(k, a, loss, dtype=np.float64):
    X, row = a["X"].astype(dtype), np.empty(ROWS)
    return k.fused_gradient(loss, X, a["y"], a["w"], a["coef"], np.zeros(ROWS), row, row.copy(), BLOCK, 1)


def _multinomial(k, a):
    probability = np.empty((ROWS, OUTPUTS))
    return k.multinomial_gradient(a["classes"], a["etas"], a["w"], np.empty((ROWS, OUTPUTS)), probability, 1)


CALLS = {
    "binomial_gradient": lambda k, a: k.binomial_gradient(a["y"], a["eta"], a["w"], np.empty(ROWS), np.empty(ROWS), 1),
    "binomial_value": lambda k, a: k.binomial_value(a["y"], a["eta"], a["w"], 1),
    "compressed_sandwich": lambda k, a: k.compressed_sandwich(*a["compressed"], a["w"], np.zeros((COLUMNS, COLUMNS))),
    "dense_sandwich": lambda k, a: k.dense_sandwich(a["X"], a["w"], a["mean"], BLOCK, 1),
    "dense_sandwich_single": lambda k, a: k.dense_sandwich_single(a["X"], a["w"], a["mean"], BLOCK, 1),
    "fused_gradient": lambda k, a: _fused(k, a, k.BINOMIAL),
    "fused_gradient float32": lambda k, a: _fused(k, a, k.BINOMIAL, np.float32),
    "fused_gradient squared": lambda k, a: _fused(k, a, k.SQUARED),
    "gather": lambda k, a: k.gather(*a["compressed"], a["coefs"], np.empty((ROWS, OUTPUTS)), 1),
    "multinomial_gradient": _multinomial,
    "multinomial_value": lambda k, a: k.multinomial_value(a["classes"], a["etas"], a["w"], 1),
    "scatter": lambda k, a: k.scatter(*a["compressed"], a["etas"], np.zeros((COLUMNS, OUTPUTS))),
}


def known_kernels():
    """Keys of ``CALLS`` whose kernel is exported."""
    return sorted(name for name in CALLS if name.split()[0] in _kernels.__all__)


def unknown_kernels():
    """Exported names that look like kernels, compiled functions of arrays, and that no call is written for."""
    known = {name.split()[0] for name in CALLS}
    exported = {name for name in _kernels.__all__ if "cython_function" in type(getattr(_kernels, name)).__name__}
    return sorted(exported - known - {"openmp_enabled"})


def main(kernels):
    """Two calls of each kernel, the first to warm up."""
    inputs = _inputs()
    for kernel in kernels:
        for _ in range(CALLS_EACH):
            CALLS[kernel](_kernels, inputs)


if __name__ == "__main__":
    main(sys.argv[1:])
