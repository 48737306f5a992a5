"""From held-out losses to a choice.

    min    the lowest mean loss
    1se    the strongest borrowing whose mean loss is within one standard error of the best
    auto   the same, within min(1.5, 40 / n) standard errors: with few rows the held-out losses cannot tell
           candidates apart and the source is the better guess, with many they can
    stack  every candidate, weighed by how often the same, within sqrt(64 / n) standard errors, chooses it when the
           held-out rows are drawn anew

The standard error is that of the *difference* to the best candidate, row by row: hard rows are hard for all candidates,
and what they have in common does not count.

The constants of "auto", and the weakest strengths of the automatic grid, were picked among some fifty settings on eight
public tasks (wages, fuel use, crime, earnings, heart disease, wine, two of counts; 20, 50, 100 and 200 target rows, 10
splits of each). On those same splits the mean loss relative to the better of target-only and source-only was 0.983, the
geometric mean over tasks and sizes, and 1.123 at worst; with standard errors of the losses themselves 0.999 and 1.188.
The constant of "stack" was picked among some dozens of variants on the two tasks of counts. These figures are in-sample
and so too good: take them as a ranking.

References
----------
Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees: the one-standard-error rule. Breiman
(1996), Heuristics of instability and stabilization in model selection: to choose on rows drawn anew, and average.
"""

import numpy as np

RULES = ("auto", "min", "1se", "stack")
FEW_ROWS, WIDEST = 40, 1.5
ROWS_OF_STACK = 64
_DRAWS = 100
_BLOCK = 2048


def mean_and_error(losses, weight, base=None):
    """Weighted mean and its standard error over rows: each (n_candidates,) for losses (n_rows, n_candidates).

    Rows that hold NaN were never held out and do not count. ``base``: of the differences to this column.
    """
    seen = ~np.isnan(losses).any(axis=1) & (weight > 0)
    losses, share = losses if seen.all() else losses[seen], weight[seen] / weight[seen].sum()
    mean, spread = np.zeros(losses.shape[1]), np.zeros(losses.shape[1])
    with np.errstate(invalid="ignore"):
        for rows, block in _blocks(losses, base):
            mean += share[rows] @ block
        for rows, block in _blocks(losses, base):
            spread += share[rows] @ (block - mean) ** 2
    n_effective = 1 / np.sum(share**2)
    return mean, np.sqrt(spread / max(n_effective - 1, 1))


def _blocks(losses, base):
    """(rows, their losses or differences), some at a time: no second table of the size of the first."""
    for low in range(0, len(losses), _BLOCK):
        rows = slice(low, low + _BLOCK)
        block = losses[rows]
        if base is not None:
            # equal and infinite: no difference, not NaN
            block = np.where(block == block[:, [base]], 0.0, block - block[:, [base]])
        yield rows, block


def lowest(mean):
    """Index of the lowest mean loss; what is not finite comes last."""
    return int(np.argmin(np.where(np.isfinite(mean), mean, np.inf)))


def choose(candidates, losses, weight, rule, n_samples):
    """Index of the chosen candidate.

    Parameters
    ----------
    candidates : list of Candidate
    losses : ndarray of shape (n_rows, n_candidates)
    weight : ndarray of shape (n_rows,)
    rule : {"auto", "min", "1se", "stack"}
        "stack": what it chooses in one draw.
    n_samples : int
        Target rows that have a weight.

    Returns
    -------
    int
    """
    mean, error = mean_and_error(losses, weight)
    best = lowest(mean)
    if rule == "min" or not np.isfinite(error[best]):
        return best
    behind, error = mean_and_error(losses, weight, best)
    close = np.flatnonzero(np.isfinite(mean) & (behind <= _errors_allowed(rule, n_samples) * error))
    return int(max(close, key=lambda i: (*_rank(candidates[i], candidates), -mean[i])))


def _errors_allowed(rule, n_samples):
    """How many standard errors behind the best a stronger borrowing may be."""
    if rule == "1se":
        return 1.0
    return min(WIDEST, FEW_ROWS / n_samples) if rule == "auto" else np.sqrt(ROWS_OF_STACK / n_samples)


def stack(candidates, losses, weight, n_samples):
    """The share of draws of the rows, with replacement, in which each candidate is chosen: (n_candidates,)."""
    seen = np.flatnonzero(~np.isnan(losses).any(axis=1) & (weight > 0))
    random, times = np.random.default_rng(0), np.zeros(len(candidates))
    for _ in range(_DRAWS):
        rows = random.choice(seen, size=len(seen))
        times[choose(candidates, losses[rows], weight[rows], "stack", n_samples)] += 1
    return times / _DRAWS


def _rank(candidate, candidates):
    """Amounts of one length, so that tuples compare."""
    longest = max(len(other.amount) for other in candidates)
    return candidate.amount + (0.0,) * (longest - len(candidate.amount))
