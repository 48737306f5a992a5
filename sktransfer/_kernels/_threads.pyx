"""How many threads a kernel may use, asked anew at each call.

The answer follows what threadpoolctl and joblib have set for this process, so that workers of a
parallel grid search do not oversubscribe the machine. Without OpenMP it is always one.
"""

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define SKTRANSFER_OPENMP 1
    #else
    #define omp_get_max_threads() 1
    #define SKTRANSFER_OPENMP 0
    #endif
    """
    int omp_get_max_threads() noexcept nogil
    int SKTRANSFER_OPENMP


def openmp_enabled():
    """Whether the kernels were built with OpenMP."""
    return bool(SKTRANSFER_OPENMP)


def max_threads():
    """Threads that a parallel region started now would use."""
    return omp_get_max_threads()
