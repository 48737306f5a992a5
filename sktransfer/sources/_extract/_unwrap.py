"""Look through wrappers, and say clearly what is not fitted."""

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sktransfer.sources._fold import is_a

_SEARCHES = ("BaseSearchCV", "TransferCV")


def unwrap(est):
    """The fitted model inside FrozenEstimator and fitted searches, however deep."""
    while True:
        if is_a(est, "FrozenEstimator"):
            est = est.estimator
        elif hasattr(getattr(est, "mixture_", None), "coef_"):
            est = est.mixture_  # of linear predictors: one model
        elif hasattr(est, "best_estimator_"):
            est = est.best_estimator_
        else:
            return est


def is_search(est):
    """Whether the object is a search (that, having come through :func:`unwrap`, has no best estimator)."""
    return any(cls.__name__ in _SEARCHES for cls in type(est).__mro__)


def require_fitted(est):
    """Raise NotFittedError for an estimator that is not fitted, with the usual cause and the way out."""
    try:
        check_is_fitted(est)
    except NotFittedError:
        raise not_fitted(est) from None


def not_fitted(est):
    """The error for an estimator that is not fitted."""
    refit = ", and with refit=True" if is_search(est) else ""
    return NotFittedError(
        f"the source {type(est).__name__} is not fitted. Fit it first{refit}. If it was fitted: scikit-learn "
        "clones what stands in a grid; wrap it in Source.from_estimator(model) or FrozenEstimator(model)."
    )
