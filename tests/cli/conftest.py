"""A stand-in for `make_transfer`, so that the demo is tested without the rooms below it."""

import builtins
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit

import sktransfer


class StubTransferCV:
    """Predicts as the source does, and reports, by the patients' ages, one of three outcomes."""

    def __init__(self, source):
        self.source = source

    def fit(self, X, y):
        self.choice_ = ("transfer", "source", "target")[int(X[:, 0].sum()) % 3]
        self.table_ = {"candidate": ["target", "source", "transfer", "transfer"]}
        self.weights_ = np.array([name == self.choice_ for name in self.table_["candidate"]], dtype=float)
        self.weights_ /= self.weights_.sum()
        self.effective_sample_size_ = {"transfer": 40.0, "source": np.inf, "target": 0.0}[self.choice_]
        return self

    def _findings(self):
        coef = np.atleast_2d(self.source.coef)
        steps = np.arange(coef.shape[1]) * (self.choice_ == "transfer")
        return SimpleNamespace(moves=SimpleNamespace(source=coef, target=coef + steps))

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)

    def predict_proba(self, X):
        probability = expit(X @ np.ravel(self.source.coef) + np.ravel(self.source.intercept))
        return np.column_stack([1 - probability, probability])


@pytest.fixture
def stub_transfer(monkeypatch):
    """`sktransfer.make_transfer` is the stand-in."""
    monkeypatch.setitem(vars(sktransfer), "make_transfer", StubTransferCV)


@pytest.fixture
def block_import(monkeypatch):
    """Make an installed package look as if it were not: ``block_import("matplotlib")``."""
    real = builtins.__import__

    def block(package):
        def guarded(name, *args, **kwargs):
            if name.split(".")[0] == package:
                raise ImportError(f"No module named {package!r}")
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", guarded)

    return block
