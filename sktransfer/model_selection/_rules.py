"""From held-out losses to a choice, or to weights.

    min    the lowest mean loss
    1se    the strongest borrowing whose mean loss is within one standard error of the best
    stack  every candidate, weighed by its held-out likelihood, tempered, and by how surely it is behind the best:

               w_k  proportional to  prior_k * exp(-E_k - t_k^2 / 8)

               squares of errors    E_k = n / 4 * log(mean loss)   Gaussian likelihood, variance profiled out, ^ (1/2)
               log-loss             E_k = n / 4 * mean loss        likelihood ^ (1/4)
               counts, amounts      E_k = n / 16 * mean loss       of rows that scatter more than they say
               any other loss       E_k = n / 4 * mean loss / standard deviation of the best candidate's row losses

               t_k                  mean loss behind the best one's, over the standard error of that difference

           A family (target, source, either way of recalibrating, pooled, transfer with each way of following the
           source's level) has a prior of 1, shared evenly by its strengths; the target alone has 3 and the source
           alone 2. What has less than a hundredth of the heaviest's weight has none.
    auto   stack; with a scorer, whose values are no likelihood, the strongest borrowing within min(1.5, 40 / n)
           standard errors: with few rows scores cannot tell candidates apart and the source is the better guess

The standard error is that of the *difference* to the best candidate, row by row: hard rows are hard for all candidates,
and what they have in common does not count. n is the sum of the weights, which count as repeated rows.

How the constants were found
----------------------------
On ten public tasks (regression: wages, fuel use, crime, earnings, sentiment; labels: heart disease, wine, digits;
counts: doctor visits, bikes) with 20, 50, 100 and 200 target rows: first among some hundred and fifty rules on splits
0 to 9 of each (splits 10 to 19 for the last dozen), then, with changes measured in the source's own units and the
source's size free along with its level, among some thirty more. Mean test score of a cell (task x n) over that of the
best of target-only, source-only, pooled and offset by plain CV, whose source has its strength by CV, ours not:

    rule                                                            median   90 %   worst   against target
    "stack" (= "auto"), make_transfer, 20 splits (digits: 10)       1.003   1.033   1.070   1.004
    the same against source and offset with make_transfer's source  0.996   1.033   1.062   1.004
    before the last step, splits 0 to 9 and 10 to 19 (36 cells):
    prior 1 for all families, t^2 / 4                               1.003   1.035   1.202   1.011
                                                                    1.001   1.039   1.049   1.017
    within min(1.5, 40 / n) errors                                  1.019   1.111   1.478   1.069
                                                                    1.022   1.144   1.347   1.066
    min                                                             1.029   1.160   1.420   1.059
                                                                    1.029   1.184   1.480   1.046

Splits of one task share rows, and the tasks are the same: all of this is in-sample for the tasks. On these tasks alone
flatter weights are a little better (half the temperature: worst 1.08, in place of 1.12, on splits 0 to 9), and equal
priors, too; the target's prior and t are for sources that are no help (``benchmarks.guard``): with equal priors a
source of permuted features cost 1.4 % in log-loss on average, with these 0.1 %, and a perfect source was 1 % farther
from its own score in either case. Weights from t alone fail where one row's loss explodes; simplex stacking, alone or
as a step from these weights, and drawing the rows anew were no better. The weakest strengths of the automatic grid,
min(n / 10, 160 / n) rows, were chosen on the same splits. Linear predictors of counts are averaged, not means: a target
fitted on twenty rows can expect millions of visits.

References
----------
Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees: the one-standard-error rule. Yao,
Vehtari, Simpson & Gelman (2018), Using stacking to average Bayesian predictive distributions: pseudo-BMA weights.
Grunwald & van Ommen (2017), Inconsistency of Bayesian inference for misspecified linear models, and a proposal for
repairing it: tempered likelihoods.
"""

import numpy as np
from scipy.special import logsumexp

RULES = ("auto", "min", "1se", "stack")
FEW_ROWS, WIDEST = 40, 1.5
TEMPERATURES = {"squares": 1 / 4, "chances": 1 / 4, "counts": 1 / 16, None: 1 / 4}
LIGHTEST = 0.01
ODDS = {"target": 3.0, "source": 2.0}
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
    rule : {"auto", "min", "1se"}
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
    return 1.0 if rule == "1se" else min(WIDEST, FEW_ROWS / n_samples)


def stack(candidates, losses, weight, likelihood):
    """The share of each candidate in the mixture: (n_candidates,), adding up to 1.

    Parameters
    ----------
    candidates : list of Candidate
    losses : ndarray of shape (n_rows, n_candidates)
    weight : ndarray of shape (n_rows,)
    likelihood : {"squares", "chances", "counts", None}
        What the losses are: see `Borrowing.likelihood`.

    Returns
    -------
    ndarray of shape (n_candidates,)
    """
    seen = ~np.isnan(losses).any(axis=1) & (weight > 0)
    losses, weight = losses[seen], weight[seen]
    mean, _ = mean_and_error(losses, weight)
    best, possible = lowest(mean), np.isfinite(mean)
    if not possible.any():
        return np.eye(len(mean))[best]
    losses, n, against = losses[:, possible], weight.sum(), np.full(len(mean), np.inf)
    best = lowest(mean[possible])
    unit = _scatter(losses[:, best], weight) if likelihood is None else 1.0
    against[possible] = _tempered(mean[possible] / unit, n, likelihood) + _surely_behind(losses, weight, best) ** 2 / 8
    shares = _prior(candidates) * np.exp(against.min() - against)
    shares[shares < LIGHTEST * shares.max()] = 0.0
    return shares / shares.sum()


def _tempered(mean, n, likelihood):
    """E of the formula above."""
    if likelihood == "squares":
        mean = np.log(np.maximum(mean, np.finfo(np.float64).tiny))
    return TEMPERATURES[likelihood] * n * mean


def _surely_behind(losses, weight, best):
    """t of the formula above, weights being repeats: (n_candidates,)."""
    n, share = weight.sum(), weight / weight.sum()
    difference = losses - losses[:, [best]]
    mean = share @ difference
    error = np.sqrt(share @ (difference - mean) ** 2 / max(n - 1, 1))
    rounding = 1e-9 * np.abs(share @ losses[:, best]) + np.finfo(np.float64).tiny
    return mean / np.maximum(error, rounding)


def _scatter(losses, weight):
    """The standard deviation of row losses; 1 where they are all alike."""
    found = np.sqrt(np.average((losses - np.average(losses, weights=weight)) ** 2, weights=weight))
    return found if found > 0 else 1.0


def mixed(losses, weights, likelihood):
    """Row losses of the mixture, or, but for chances, a bound of convex ones: the weighted mean: (n_rows,)."""
    kept = np.flatnonzero(weights)
    if likelihood == "chances":
        return -logsumexp(-losses[:, kept], axis=1, b=weights[kept])
    return losses[:, kept] @ weights[kept]


def _prior(candidates):
    """Each family's odds, shared by its members."""
    families = [(candidate.name, candidate.family) for candidate in candidates]
    return np.array([ODDS.get(family[0], 1.0) / families.count(family) for family in families])


def _rank(candidate, candidates):
    """Amounts of one length, so that tuples compare."""
    longest = max(len(other.amount) for other in candidates)
    return candidate.amount + (0.0,) * (longest - len(candidate.amount))
