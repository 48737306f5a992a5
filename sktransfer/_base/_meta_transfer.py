"""Estimators that fit a clone of another one on the target's rows together with sources'."""

from sklearn.base import BaseEstimator, MetaEstimatorMixin, is_classifier
from sklearn.utils import indexable

from sktransfer._base._delegating import Delegating
from sktransfer._base._source_parameter import SourceParameterMixin


class MetaTransfer(Delegating, SourceParameterMixin, MetaEstimatorMixin, BaseEstimator):
    """What they share: checks before the fit, and the fitted estimator's coefficients.

    A subclass says in ``_check_estimator`` what it needs of ``estimator``. One of a kind of its own has ``_kind``,
    "classifier" or "regressor", and in ``_other_kind`` the name of the class for the other.
    """

    _kind = None
    _other_kind = None

    def _check_estimator(self):
        """Refuse an estimator that cannot be fitted like this."""
        raise NotImplementedError

    def _require_kind(self):
        """Refuse an estimator of the other kind.

        Raises
        ------
        TypeError
            If it is one.
        """
        if is_classifier(self.estimator) is not (self._kind == "classifier"):
            raise TypeError(
                f"{type(self).__name__} needs a {self._kind}, got {self.estimator!r}. Use {self._other_kind} for it."
            )

    def _checked(self, X, y, sample_weight):
        """The target's rows as they are, after what can be said before any of them is read.

        Raises
        ------
        TypeError, ValueError
            If the estimator does not fit, there is no y, or lengths differ.
        """
        self._check_estimator()
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        indexable(X, y, sample_weight)
        return X, y, sample_weight

    @property
    def coef_(self):
        """Coefficients of the fitted estimator, where it has them."""
        return self._fitted("coef_")

    @property
    def intercept_(self):
        """Intercept of the fitted estimator, where it has one."""
        return self._fitted("intercept_")
