"""From held-out losses to a choice.

    min   the lowest mean loss
    1se   the strongest borrowing whose mean loss is within one standard error of the best, the standard error
          being that of the *difference* to the best, row by row
"""

import numpy as np

RULES = ("auto", "min", "1se")


def mean_and_error(losses, weight):
    """Weighted mean and its standard error over rows: each (n_candidates,) for losses (n_rows, n_candidates).

    Rows that hold NaN were never held out and do not count.
    """
    seen = ~np.isnan(losses).any(axis=1) & (weight > 0)
    losses, share = losses[seen], weight[seen] / weight[seen].sum()
    with np.errstate(invalid="ignore"):
        mean = share @ losses
        spread = share @ (losses - mean) ** 2
    n_effective = 1 / np.sum(share**2)
    return mean, np.sqrt(spread / max(n_effective - 1, 1))


def choose(candidates, losses, weight, rule):
    """Index of the chosen candidate.

    Parameters
    ----------
    candidates : list of Candidate
    losses : ndarray of shape (n_rows, n_candidates)
    weight : ndarray of shape (n_rows,)
    rule : {"auto", "min", "1se"}

    Returns
    -------
    int
    """
    mean, _ = mean_and_error(losses, weight)
    finite = np.where(np.isfinite(mean), mean, np.inf)
    best = int(np.argmin(finite))
    if rule == "min" or not np.isfinite(finite[best]):
        return best
    difference, error = mean_and_error(losses - losses[:, [best]], weight)
    close = np.flatnonzero(np.isfinite(difference) & (difference <= error))
    return int(max(close, key=lambda i: (*_rank(candidates[i], candidates), -finite[i]), default=best))


def _rank(candidate, candidates):
    """Amounts of one length, so that tuples compare."""
    longest = max(len(other.amount) for other in candidates)
    return candidate.amount + (0.0,) * (longest - len(candidate.amount))
