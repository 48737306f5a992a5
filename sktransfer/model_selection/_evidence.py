"""scoring="evidence": how likely each candidate makes the rows, its parameters integrated out.

    min, auto   the candidate with the largest evidence Z: no rows are held out, so nothing has a standard error
    stack       Bayesian model averaging: w_k proportional to prior_k Z_k, priors equal for all families and shared
                evenly by a family's strengths; what has less than a hundredth of the heaviest's weight has none
    1se         refused

The evidence of linear twins stands in ``_base/_evidence.py``. As a table of losses it is one row, minus log Z.

References
----------
MacKay (1992), Bayesian interpolation. Hoeting, Madigan, Raftery & Volinsky (1999), Bayesian model averaging: a
tutorial.
"""

import numpy as np

LIGHTEST = 0.01


def asks_for_evidence(scoring):
    """Whether ``scoring`` is the evidence."""
    return isinstance(scoring, str) and scoring == "evidence"


def evidence_losses(borrowing, candidates, X, y, sample_weight, cv, rule):
    """(minus the log-evidence of each candidate, (1, n_candidates); its weight (1,)).

    Raises
    ------
    ValueError
        If rows are to be held out, or a standard error is asked for; or no candidate makes the rows possible.
    """
    if not (isinstance(cv, str) and cv == "auto"):
        raise ValueError(f"scoring='evidence' holds no rows out, but cv={cv!r}. Take cv='auto', or another scoring.")
    if rule == "1se":
        raise ValueError("scoring='evidence' has no standard error, which rule='1se' asks for. Take 'min' or 'stack'.")
    found = np.asarray(borrowing.evidence(X, y, sample_weight, candidates), dtype=np.float64)
    if not np.any(np.isfinite(found)):
        raise ValueError("no candidate makes these rows possible: all predicted means overflow. Scale the features.")
    return -found[np.newaxis], np.ones(1)


def averaged(candidates, losses):
    """Weights of Bayesian model averaging: (n_candidates,), adding up to 1."""
    families = [(candidate.name, candidate.family) for candidate in candidates]
    prior = np.array([1 / families.count(family) for family in families])
    shares = prior * np.exp(np.nanmin(losses) - losses[0])
    shares[shares < LIGHTEST * shares.max()] = 0.0
    return shares / shares.sum()
