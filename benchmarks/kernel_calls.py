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
        "chosen": np.arange(0, 4 * BLOCK, 4, dtype=np.intc),
        "coef": rng.standard_normal(COLUMNS),
        "coefs": rng.standard_normal((COLUMNS, OUTPUTS)),
    }


def _visit(k, a, loss, second, dtype=np.float64):
    X, nothing = a["X"].astype(dtype), np.zeros(0)
    return k.fused_visit(loss, 0.0, X, a["y"], a["w"], nothing, 0.0, a["coef"], a["mean"], second, 1, BLOCK, 1)


def _compressed(k, a):
    return k.compressed_sandwich(*a["compressed"], a["w"], np.zeros((COLUMNS, COLUMNS)), 1)


def _sparse_visit(k, a):
    return k.sparse_visit(k.BINOMIAL, 0.0, *a["compressed"], a["y"], a["w"], np.zeros(0), 0.0, a["coef"], 1)


def _softmax(k, a):
    coef, nothing = np.ascontiguousarray(a["coefs"].T), np.zeros(OUTPUTS)
    return k.softmax_gradient(a["X"], a["classes"], a["w"], coef, nothing, a["etas"], BLOCK, 1)


def _newton(k, a):
    P, strengths, at = np.eye(COLUMNS), np.array([10.0, 1.0]), np.zeros(COLUMNS)
    out = np.empty((2, COLUMNS)), np.empty((2, ROWS)), np.zeros(2, dtype=np.int_), np.empty((2, 3)), at.copy(), P.copy()
    data = a["X"], a["y"], a["w"], np.zeros(0), P[np.newaxis], at, strengths, at
    return k.newton_path(k.BINOMIAL, 0.0, *data, 1e-6, False, 1.0, 20, False, *out)


def _multinomial(k, a):
    probability = np.empty((ROWS, OUTPUTS))
    return k.multinomial_gradient(a["classes"], a["etas"], a["w"], np.empty((ROWS, OUTPUTS)), probability, 1)


CALLS = {
    "binomial_gradient": lambda k, a: k.binomial_gradient(a["y"], a["eta"], a["w"], np.empty(ROWS), np.empty(ROWS), 1),
    "binomial_value": lambda k, a: k.binomial_value(a["y"], a["eta"], a["w"], 1),
    "chosen_dots": lambda k, a: k.chosen_dots(a["X"], a["chosen"], a["coef"], np.empty(BLOCK), 1),
    "chosen_gathers": lambda k, a: k.chosen_gathers(*a["compressed"], a["chosen"], a["coef"], np.empty(BLOCK), 1),
    "compressed_sandwich": lambda k, a: _compressed(k, a),
    "dense_gram": lambda k, a: k.dense_gram(a["X"], 1.0, BLOCK, 1),
    "dense_sandwich": lambda k, a: k.dense_sandwich(a["X"], a["w"], a["mean"], BLOCK, 1),
    "dense_sandwich single": lambda k, a: k.dense_sandwich(a["X"], a["w"], a["mean"], BLOCK, 1, True),
    "add_and_dot": lambda k, a: k.add_and_dot(0.5, a["eta"], a["w"].copy(), a["y"], 1),
    "fused_visit": lambda k, a: _visit(k, a, k.BINOMIAL, 0),
    "fused_visit float32": lambda k, a: _visit(k, a, k.BINOMIAL, 0, np.float32),
    "fused_visit squared": lambda k, a: _visit(k, a, k.SQUARED, 0),
    "fused_visit with Hessian": lambda k, a: _visit(k, a, k.BINOMIAL, 1),
    "newton_path": _newton,
    "softmax_gradient": _softmax,
    "sparse_centred_squares": lambda k, a: k.sparse_centred_squares(*a["compressed"], a["w"], a["mean"], 1),
    "sparse_hessian_product": lambda k, a: k.sparse_hessian_product(*a["compressed"], a["w"], a["coef"], 0.5, 1),
    "sparse_moments": lambda k, a: k.sparse_moments(*a["compressed"], a["w"], COLUMNS, 1),
    "sparse_visit": _sparse_visit,
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
