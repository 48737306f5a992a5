"""Law: independent optima, computed elsewhere in high precision, are reproduced (see tests/reference/README.md)."""

from pathlib import Path

import numpy as np
import pytest

from sktransfer import Source
from sktransfer._losses import Binomial, Multinomial, Poisson, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, GaussianPrior
from sktransfer._solvers import choose_solver
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge

HERE = Path(__file__).parent.parent / "reference"
GAUSSIAN_PRIOR = sorted(path.stem for path in HERE.glob("gaussprior_*.npz"))


def to_our_order(vector, n_outputs):
    """[intercepts, coefficients class by class] -> [coefficients class by class, intercepts]."""
    return np.concatenate([vector[n_outputs:], vector[:n_outputs]])


@pytest.mark.parametrize("name", GAUSSIAN_PRIOR)
@pytest.mark.parametrize("solver", ["auto", "newton-cholesky", "newton-cg"])
def test_gaussian_prior(name, solver):
    case = np.load(HERE / f"{name}.npz")
    K, n = len(case["coef"]), len(case["y"])
    family = name.split("_")[1]
    loss = {"gauss": Squared(), "logit": Binomial(), "multinom": Multinomial(K), "poisson": Poisson()}[family]
    scale = 1 / float(case["sigma2"]) if family == "gauss" else 1.0
    term = LossTerm(case["X"], loss, case["y"], case["sample_weight"], case["offset"].reshape(n, -1), scale)
    order = to_our_order(np.arange(len(case["prior_mean"])), K)
    precision = case["prior_precision"][np.ix_(order, order)]
    prior = GaussianPrior(case["prior_mean"][order], DensePrecision(precision))
    start = prior.centre.copy()
    start[-K:] -= start[-K:].mean() if K > 1 else 0.0
    objective = Objective([term], [prior])
    result = choose_solver(solver, objective).solve(objective, start, tol=1e-12)
    coef, intercept = objective.layout.split(result.theta)
    np.testing.assert_allclose(coef, case["coef"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(intercept, case["intercept"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(result.value, case["objective"], rtol=1e-10)


def estimator(family, lam, total, source, variant):
    """The twin with a source, in the variant's words; ``lam`` counts against a mean over ``total`` rows."""
    settings = {"source": source, "tol": 1e-12}
    if variant == "nointercept: not fitted":
        settings["fit_intercept"] = False
    if variant == "nointercept: held":
        settings["intercept_penalty"] = np.inf
    if family == "gaussian":
        return TransferRidge(alpha=total * lam, **settings)
    if family == "poisson":
        return TransferPoissonRegressor(alpha=lam, **settings)
    return TransferLogisticRegression(C=1 / (total * lam), **settings)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "multinomial", "poisson"])
@pytest.mark.parametrize("variant", ["plain", "weights", "penfac", "nointercept: not fitted", "nointercept: held"])
def test_offset(family, variant):
    data = np.load(HERE / f"offset_{family}.npz")
    X, y = data["X_target"], data["y_target"]
    regression = family in ("gaussian", "poisson")
    known = None if regression else np.unique(y)
    coef, intercept = data["source_coef"], data["source_intercept"]
    source = Source(coef[0], intercept[0]) if regression else Source(coef, intercept, classes=known)
    weight = data["weights_target"] if variant == "weights" else None
    total = len(y) if weight is None else weight.sum()
    chosen = data["variant"] == variant.split(":")[0]
    if family == "multinomial" and variant == "penfac":
        assert not chosen.any()
        return
    assert chosen.sum() >= 8
    factors = data["penalty_factor"]
    for lam, optimum in zip(data["lam"][chosen], data["optimum"][chosen], strict=True):
        model = estimator(family, lam, total, source, variant)
        if variant == "penfac":
            model.set_params(metric=factors * len(factors) / factors.sum())
        model.fit(X, y, sample_weight=weight)
        np.testing.assert_allclose(np.atleast_2d(model.delta_), optimum[:, 1:], rtol=1e-7, atol=1e-9)
        if variant.startswith("nointercept"):
            continue
        shift = np.ravel(model.intercept_) - np.ravel(model.source_.intercept)
        np.testing.assert_allclose(
            shift - shift.mean() * (len(shift) > 1), centred(optimum[:, 0]), rtol=1e-7, atol=1e-8
        )


def centred(values):
    """Symmetric intercepts are known up to a constant."""
    return values - values.mean() if len(values) > 1 else values
