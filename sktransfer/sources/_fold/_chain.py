"""A chain of steps as one affine map; which reader reads which step."""

import functools
import inspect

from sklearn.utils.validation import check_is_fitted

from sktransfer.sources._fold._affine import Affine
from sktransfer.sources._plugins import gather


def can_fold(pipeline):
    """Whether a fitted Pipeline's steps before the last fold; False for anything else."""
    if not is_a(pipeline, "Pipeline"):
        return False
    width = first_width(pipeline.steps)
    try:
        return width is not None and fold(pipeline.steps[:-1], width) is not None
    except (ValueError, AttributeError):
        return False


def fold(steps, n_features):
    """Fold fitted steps.

    Parameters
    ----------
    steps : list of (str, transformer)
    n_features : int
        Raw features.

    Returns
    -------
    Affine

    Raises
    ------
    ValueError
        Naming the first step that does not fold.
    sklearn.exceptions.NotFittedError
        If a step is not fitted.
    """
    chain = Affine.identity(n_features)
    for name, step in steps:
        chain = fold_step(name, step, len(chain.offset)).after(chain)
    return chain


def fold_step(name, step, n_features):
    """One fitted step, with ``n_features`` columns coming in, as an Affine."""
    if is_passthrough(step):
        return Affine.identity(n_features)
    if is_a(step, "FrozenEstimator"):
        return fold_step(name, step.estimator, n_features)
    reader = _reader(step)
    if reader is None:
        raise cannot_fold(name, step, "it is not one of the linear steps that fold")
    check_is_fitted(step, msg=_NOT_FITTED.format(name=name))
    return reader(name, step, n_features)


_NOT_FITTED = "step {name!r} (%(name)s) is not fitted. Fit the pipeline before it becomes a source."


def cannot_fold(name, step, reason):
    """The error for a step that is not linear."""
    return ValueError(
        f"step {name!r} ({type(step).__name__}) cannot be folded into coefficients on the raw features: "
        f"{reason}. make_transfer(pipeline) freezes such steps and transfers the last one; or name what they put out, "
        "Source.from_estimator(pipeline[-1], feature_names=pipeline[:-1].get_feature_names_out()), and give the "
        "target's twin columns of these names."
    )


def is_passthrough(step):
    """Whether a step stands for "change nothing"."""
    return step is None or (isinstance(step, str) and step == "passthrough")


def is_a(obj, name):
    """Whether the object's class is, or inherits from, scikit-learn's class of that name."""
    return any(cls.__name__ == name and _is_sklearn(cls) for cls in type(obj).__mro__)


def first_width(steps):
    """Columns that came in when the steps were fitted, as the first that knows says; None if none does."""
    widths = (getattr(step, "n_features_in_", None) for _, step in steps)
    return next((width for width in widths if width is not None), None)


def raw_names(steps):
    """Names of the raw features, as the first step that is not "passthrough" saw them; None without names."""
    first = next((step for _, step in steps if not is_passthrough(step)), None)
    return getattr(first, "feature_names_in_", None)


def _reader(step):
    transform = getattr(type(step), "transform", None)
    if transform is None or not _is_sklearn(inspect.unwrap(transform)):
        return None
    readers = _readers()
    names = (cls.__name__ for cls in type(step).__mro__ if _is_sklearn(cls))
    return next((readers[name] for name in names if name in readers), None)


def _is_sklearn(thing):
    return thing.__module__.split(".")[0] == "sklearn"


@functools.cache
def _readers():
    return gather("sktransfer.sources._fold", "STEPS")
