# cython: freethreading_compatible=True
"""Steps on long vectors, shared out among the kernels' own threads in blocks too short for BLAS to start more."""

from cython.parallel import prange
from scipy.linalg.cython_blas cimport daxpy, ddot


def add_and_dot(
    double factor,
    const double[::1] step,    # in
    double[::1] vector,        # in, out
    const double[::1] other,   # in
    int n_threads,
):
    """``vector += factor * step``; returns ``other @ vector``."""
    cdef Py_ssize_t low, n = vector.shape[0], k, block = 4096, n_blocks = (n + block - 1) // block
    cdef int size, unit = 1
    cdef double total = 0.0
    for k in prange(n_blocks, nogil=True, schedule="static", num_threads=n_threads):
        low = k * block
        size = <int> min(block, n - low)
        if factor != 0.0:
            daxpy(&size, &factor, <double*> &step[low], &unit, &vector[low], &unit)
        total += ddot(&size, <double*> &other[low], &unit, &vector[low], &unit)
    return total
