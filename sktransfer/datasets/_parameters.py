"""True parameters of a synthetic transfer problem.

Conventions
-----------
A problem has R rows of coefficients (R = 1 for regression, GLMs and two classes; R = n_classes else) and K
sources. Inside this folder a coefficient is always (R, p) and an intercept (R,); `flat` gives what `Source`
takes, (p,) and a float, when R = 1. With R > 1 the rows are centred: they sum to zero over classes, as
softmax leaves their sum free.

    theta_target = theta_source_k + Delta_k,      ||Delta_k|| = shift_k * ||theta_target||,
    intercept_target = intercept_source_k + intercept_shift_k  (on the last row)

The target's parameters are drawn first and do not depend on the sources: more sources, or larger shifts,
leave the target as it was.
"""

from dataclasses import dataclass

import numpy as np

from sktransfer.datasets._checks import check_count, check_number, check_per_source


@dataclass(frozen=True)
class Linear:
    """One linear predictor: `coef` (R, p) and `intercept` (R,)."""

    coef: np.ndarray
    intercept: np.ndarray

    def predictor(self, X):
        """X @ coef.T + intercept, of shape (n, R)."""
        return X @ self.coef.T + self.intercept

    def flat(self):
        """(coef, intercept) in the shapes `Source` takes: (p,) and a float if R = 1, else (R, p) and (R,)."""
        return (self.coef[0], float(self.intercept[0])) if len(self.coef) == 1 else (self.coef, self.intercept)


@dataclass(frozen=True)
class Plan:
    """The validated options that all generators share."""

    n_source: int
    n_target: int
    n_features: int
    n_informative: int
    n_changed: int
    shift: list
    intercept_shift: list
    signal: float
    n_sources: int


def make_plan(n_source, n_target, n_features, n_informative, n_changed, shift, intercept_shift, signal, n_sources):
    """Validate the shared options.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; the message names it.
    """
    p = check_count("n_features", n_features)
    informative = p if n_informative is None else check_count("n_informative", n_informative, high=p)
    changed = informative if n_changed is None else check_count("n_changed", n_changed, high=informative)
    K = check_count("n_sources", n_sources)
    return Plan(
        n_source=check_count("n_source", n_source),
        n_target=check_count("n_target", n_target),
        n_features=p,
        n_informative=informative,
        n_changed=changed,
        shift=check_per_source("shift", shift, K, low=0.0),
        intercept_shift=check_per_source("intercept_shift", intercept_shift, K),
        signal=check_number("signal", signal, low=0.0, strict=True),
        n_sources=K,
    )


def draw_parameters(plan, n_rows, random_state):
    """Draw the target's parameters and every source's.

    Parameters
    ----------
    plan : Plan
    n_rows : int
        R: 1, or the number of classes when there are more than two.
    random_state : numpy.random.RandomState

    Returns
    -------
    target : Linear
    sources : list of Linear, length n_sources
    """
    informative = random_state.permutation(plan.n_features)[: plan.n_informative]
    coef = plan.signal * _direction(plan.n_features, informative, n_rows, random_state)
    target = Linear(coef, np.zeros(n_rows))
    sources = []
    for shift, intercept_shift in zip(plan.shift, plan.intercept_shift, strict=True):
        changed = random_state.permutation(informative)[: plan.n_changed]
        delta = shift * plan.signal * _direction(plan.n_features, changed, n_rows, random_state)
        last_row = _centred(np.eye(n_rows)[:, [-1]])[:, 0]
        sources.append(Linear(coef - delta, 0.0 - intercept_shift * last_row))
    return target, sources


def _direction(n_features, support, n_rows, random_state):
    """A random (R, p) array of norm one that is zero outside the columns `support`."""
    direction = np.zeros((n_rows, n_features))
    direction[:, support] = _centred(random_state.standard_normal((n_rows, len(support))))
    return direction / np.linalg.norm(direction)


def _centred(rows):
    """Rows that sum to zero over classes; one row is left as it is."""
    return rows if len(rows) == 1 else rows - rows.mean(axis=0)
