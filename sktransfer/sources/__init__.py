"""Sources: what is known of a model fitted where data was plentiful.

A :class:`Source` holds a linear model's coefficients and, where rows or sums were given, how sure it was of
them. :func:`resolve` turns whatever stands in ``source=`` into one, ``align`` lays it out for a target, and
only then do the priors see it. :class:`SourceData` holds rows, by reference. Extraction (``_extract``) and
folding of pipelines (``_fold``) are loaded when they are first used; each is extended by one new file that
edits no other.
"""

from sktransfer.sources._classes import unite_classes
from sktransfer.sources._data import SourceData
from sktransfer.sources._resolve import resolve
from sktransfer.sources._source import Source

__all__ = ["Source", "SourceData", "resolve", "unite_classes", "can_fold", "l1_share", "unwrap"]


def can_fold(pipeline):
    """Whether a fitted Pipeline's steps before the last are linear and fold to the raw features.

    Parameters
    ----------
    pipeline : object

    Returns
    -------
    bool
        False also for what is not a Pipeline, or is not fitted.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sktransfer.sources import can_fold
    >>> can_fold(make_pipeline(StandardScaler(), Ridge()).fit([[1.0], [2.0]], [1.0, 2.0]))
    True
    """
    from sktransfer.sources._fold import can_fold as answer

    return answer(pipeline)


def l1_share(model):
    """The share of absolute values in a logistic regression's penalty, whichever parameter says it.

    Parameters
    ----------
    model : LogisticRegression, LogisticRegressionCV (the share it chose) or TransferLogisticRegression

    Returns
    -------
    float

    Examples
    --------
    >>> from sktransfer.linear_model import TransferLogisticRegression
    >>> from sktransfer.sources import l1_share
    >>> l1_share(TransferLogisticRegression(l1_ratio=0.5))
    0.5
    """
    from sktransfer.sources._extract.logistic import l1_share as answer

    return answer(model)


def unwrap(model):
    """The fitted model inside FrozenEstimator and fitted searches, however deep.

    Parameters
    ----------
    model : estimator

    Returns
    -------
    estimator
        The model itself where nothing is wrapped around it.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.sources import unwrap
    >>> unwrap(FrozenEstimator(Ridge().fit([[0.0], [1.0]], [0.0, 1.0])))
    Ridge()
    """
    from sktransfer.sources._extract._unwrap import require_fitted
    from sktransfer.sources._extract._unwrap import unwrap as look_through

    inner = look_through(model)
    require_fitted(inner)
    return inner
