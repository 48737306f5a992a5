"""The row-wise loss of the fused kernels, for kernels of other files."""

cdef double one_row(int loss, double y, double eta, double w, double* residual, double* curvature) noexcept nogil
