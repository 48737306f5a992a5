"""Steps that hold other steps, and the one that does nothing."""

from sktransfer.sources._fold._affine import Affine
from sktransfer.sources._fold._chain import cannot_fold, fold


def pipeline(name, step, n_features):
    """A Pipeline whose last step transforms too."""
    return fold([(f"{name}__{inner}", transformer) for inner, transformer in step.steps], n_features)


def function(name, step, n_features):
    """FunctionTransformer without a function."""
    if step.func is not None:
        raise cannot_fold(name, step, "nothing is known of its function; only func=None folds")
    return Affine.identity(n_features)


STEPS = {"Pipeline": pipeline, "FunctionTransformer": function}
