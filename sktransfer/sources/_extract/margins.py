"""LinearSVC and LinearSVR, SVC and SVR with a linear kernel: coefficients only."""

import numpy as np
from scipy import sparse

from sktransfer.sources._extract._fit import LinearFit


def read_linear_svc(est):
    """LinearSVC, one-vs-rest; its intercept is that of the decision function, ``intercept_scaling`` included."""
    if getattr(est, "multi_class", "ovr") != "ovr" and len(est.classes_) > 2:
        raise ValueError(
            f"LinearSVC(multi_class={est.multi_class!r}) compares classes with each other, and its rows are not scores "
            "of one class against the rest. Fit the source with multi_class='ovr'."
        )
    return LinearFit(est.coef_, est.intercept_, "margin", classes=est.classes_, loss=None)


def read_svc(est):
    """SVC and NuSVC of two classes with a linear kernel."""
    _refuse_kernels(est)
    if len(est.classes_) > 2:
        raise ValueError(
            f"{type(est).__name__} fits one model per pair of its {len(est.classes_)} classes, not one per class. "
            "Fit the source with LinearSVC, or with two classes."
        )
    return LinearFit(_dense(est.coef_), est.intercept_, "margin", classes=est.classes_, loss=None)


def read_linear_svr(est):
    """LinearSVR."""
    return LinearFit(est.coef_, np.ravel(est.intercept_)[0], "identity", loss=None)


def read_svr(est):
    """SVR and NuSVR with a linear kernel."""
    _refuse_kernels(est)
    return LinearFit(_dense(est.coef_)[0], np.ravel(est.intercept_)[0], "identity", loss=None)


def _refuse_kernels(est):
    if est.kernel != "linear":
        raise ValueError(
            f"{type(est).__name__}(kernel={est.kernel!r}) has no coefficients of the features. Fit the source with "
            "kernel='linear'."
        )


def _dense(coef):
    """Coefficients are sparse where the rows were."""
    return coef.toarray() if sparse.issparse(coef) else coef


READERS = {
    "LinearSVC": read_linear_svc,
    "LinearSVR": read_linear_svr,
    "NuSVC": read_svc,
    "NuSVR": read_svr,
    "SVC": read_svc,
    "SVR": read_svr,
}
