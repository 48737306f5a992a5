"""adapt's RegularTransferLR: LSQR from the source, the intercept pulled like the slopes. Optional.

adapt needs TensorFlow; give it an environment of its own and run the benchmarks there. Its LSQR stops at SciPy's
default tolerances, which it does not let us set.
"""

from importlib.util import find_spec

import numpy as np


def accepts(problem):
    """Squared loss with a source and without an intercept, dense, where adapt is installed."""
    if problem.loss != "squared":
        return "squared loss only"
    if not problem.has_source or problem.fit_intercept or problem.metric != "identity" or problem.sparse:
        return "dense rows, a source, no intercept (it would be penalised), no metric"
    return "adapt is not installed: pip install adapt" if find_spec("adapt") is None else None


def prepare(problem, tol):
    """The fit; ``lambda_`` is LSQR's damping, the root of the strength. There is no tolerance to set."""
    from adapt.parameter_based import RegularTransferLR
    from sklearn.linear_model import Ridge

    source = Ridge(fit_intercept=False)
    source.coef_, source.intercept_, source.n_features_in_ = problem.source_coef, 0.0, problem.X.shape[1]
    model = RegularTransferLR(source, lambda_=float(np.sqrt(problem.strength)), verbose=0)

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, 0.0

    return fit
