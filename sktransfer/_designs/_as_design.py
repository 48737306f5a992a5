"""Which design reads a matrix."""

from sktransfer._designs._base import Design
from sktransfer._utils._discover import subclasses


def as_design(X):
    """The design that reads ``X``.

    Parameters
    ----------
    X : ndarray, scipy.sparse matrix or array, or Design
        A validated matrix: float32 or float64. A Design is handed back as it is.

    Returns
    -------
    Design

    Raises
    ------
    TypeError
        If no design accepts ``X``.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._designs import as_design
    >>> as_design(np.eye(3)).matvec(np.array([[1.0, 2.0, 3.0]])).ravel()
    array([1., 2., 3.])
    """
    if isinstance(X, Design):
        return X
    for kind in subclasses(Design):
        if kind.accepts(X):
            return kind(X)
    kinds = ", ".join(sorted(kind.__name__ for kind in subclasses(Design)))
    raise TypeError(
        f"no design reads a {type(X).__name__} of dtype {getattr(X, 'dtype', None)}; there are: {kinds}. "
        "Pass a two-dimensional float32 or float64 array, or a CSR or CSC matrix."
    )
