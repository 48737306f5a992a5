"""How a model's predictions of held-out target rows are scored, by the kind of task: lower is better."""

import numpy as np
from sklearn.metrics import mean_poisson_deviance, root_mean_squared_error

FLOOR = 1e-6


def log_loss(model, X, y):
    """Log-loss with probabilities between ``FLOOR`` and one; a class the model does not know has the floor."""
    known, at = model.classes_, np.searchsorted(model.classes_, y)
    found = (at < len(known)) & (known[np.minimum(at, len(known) - 1)] == y)
    probability = model.predict_proba(X)[np.arange(len(y)), np.where(found, at, 0)]
    return float(-np.mean(np.log(np.where(found, np.maximum(probability, FLOOR), FLOOR))))


def rmse(model, X, y):
    """Root of the mean squared error."""
    return float(root_mean_squared_error(y, model.predict(X)))


def deviance(model, X, y):
    """Mean Poisson deviance."""
    return float(mean_poisson_deviance(y, np.clip(model.predict(X), 1e-12, 1e12)))


SCORES = {"regression": rmse, "binary": log_loss, "multiclass": log_loss, "counts": deviance}
