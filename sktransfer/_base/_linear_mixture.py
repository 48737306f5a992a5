"""A mixture of linear classifiers: one product gives the linear predictors of all its members.

eta = X [coef_1; ..; coef_M]' + [intercept_1, .., intercept_M],      log P = log sum_k w_k exp(log_chances(eta_k))
"""

import numpy as np

from sktransfer._base._chances import log_chances
from sktransfer._base._mixture import Mixture
from sktransfer._utils._compat import validate_data


class LinearMixture(Mixture):
    """The mean probabilities of fitted twins that model log-odds of the same features."""

    def _log_parts(self, X):
        """Members with the same classes are seen together; rows lie innermost, where sums over classes are fast."""
        X = validate_data(self.heaviest, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
        alike = {}
        for place, each in enumerate(self.estimators):
            alike.setdefault(tuple(each.classes_), []).append(place)
        shape = len(self.estimators), len(self.classes_), X.shape[0]
        result = np.full(shape, -np.inf, dtype=np.result_type(X.dtype, self.heaviest.coef_.dtype))
        for places in alike.values():
            members = [self.estimators[place] for place in places]
            result[np.ix_(places, self._places_of(members[0]))] = _side_by_side(X, members)
        return result.swapaxes(1, 2)


def _side_by_side(X, members):
    """(n_members, n_classes, n_samples) of members with the same classes."""
    coef = np.concatenate([each.coef_ for each in members])
    intercept = np.concatenate([np.atleast_1d(each.intercept_) for each in members])
    eta = np.ascontiguousarray((X @ coef.T + intercept).T)
    return log_chances(eta.reshape(len(members), -1, X.shape[0]), axis=1)
