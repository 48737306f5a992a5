"""scikit-learn's callbacks, where it has them: one task per iteration, each with a model that predicts."""

import importlib.util

import dask.array as da
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

HAS_CALLBACKS = importlib.util.find_spec("sklearn.callback") is not None


class Recorder:
    """Keeps (task, model as if the fit had ended there) of every end, and counts the begins."""

    def __init__(self):
        self.begun, self.ended, self.frame = [], [], []

    def setup(self, estimator, context):
        self.frame.append("setup")

    def teardown(self, estimator, context):
        self.frame.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.ended.append((context.task_name, fitted_estimator))


def _problems():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    eta = X @ [1.0, -1.0, 0.5] + rng.normal(size=80)
    logistic = LogisticRegression().fit(-X, eta > 0)
    three = LogisticRegression().fit(-X, np.digitize(eta, [-0.5, 0.5]))
    return {
        "ridge": (TransferRidge(source=Ridge().fit(-X, eta), solver="newton-cg", tol=1e-8), X, eta),
        "binary": (TransferLogisticRegression(source=logistic, solver="newton-cholesky", tol=1e-8), X, eta > 0),
        "lbfgs": (TransferLogisticRegression(source=logistic, solver="lbfgs", tol=1e-6), X, eta > 0),
        "multinomial": (
            TransferLogisticRegression(source=three, solver="newton-cholesky", metric="scale", tol=1e-8),
            X,
            np.digitize(eta, [-0.5, 0.5]),
        ),
    }


@pytest.mark.parametrize("which", ["ridge", "binary", "lbfgs", "multinomial"])
def test_each_iteration_is_a_task_with_a_model(which):
    model, X, y = _problems()[which]
    if not HAS_CALLBACKS:
        assert not hasattr(model, "set_callbacks")
        return
    recorder = Recorder()
    model.set_callbacks(recorder).fit(X, y)
    n_iter = int(np.max(model.n_iter_))
    assert n_iter > 1
    assert recorder.frame == ["setup", "teardown"]
    assert recorder.begun == ["fit"] + ["iteration"] * n_iter
    assert [task for task, _ in recorder.ended] == ["iteration"] * n_iter + ["fit"]
    first, last = recorder.ended[0][1], recorder.ended[-1][1]
    assert np.abs(first.coef_ - model.coef_).max() > 1e-6
    assert_array_equal(last.coef_, model.coef_)
    assert_array_equal(last.intercept_, model.intercept_)
    assert_allclose(recorder.ended[-2][1].predict(X), model.predict(X))
    for _, reconstructed in recorder.ended:
        assert_allclose(reconstructed.coef_ - reconstructed.delta_, model.source_coef_, atol=1e-12)


def test_callbacks_change_nothing_of_the_fit():
    model, X, y = _problems()["binary"]
    plain = model.fit(X, y).coef_
    if HAS_CALLBACKS:
        model.set_callbacks(Recorder())
    assert_array_equal(model.fit(X, y).coef_, plain)


@pytest.mark.parametrize("which", ["ridge", "binary", "multinomial"])
def test_where_the_source_is_doubted_the_fit_ends_at_the_mean_of_both_components(which):
    model, X, y = _problems()[which]
    if not HAS_CALLBACKS:
        return
    recorder = Recorder()
    model.set_params(source_probability=0.9).set_callbacks(recorder).fit(X, y)
    assert recorder.ended[-1][0] == "fit"
    assert_allclose(recorder.ended[-1][1].coef_, model.coef_, rtol=1e-12)
    assert_allclose(recorder.ended[-1][1].intercept_, model.intercept_, rtol=1e-12)
    assert np.abs(recorder.ended[-2][1].coef_ - model.coef_).max() > 1e-6  # the last step of the source's component


def test_each_visit_to_blocks_that_is_an_iteration_is_a_task():
    _, X, eta = _problems()["ridge"]
    if not HAS_CALLBACKS:
        return
    recorder, model = Recorder(), TransferLogisticRegression(tol=1e-10)
    model.set_callbacks(recorder).fit(da.from_array(X, chunks=(30, 2)), da.from_array(eta > 0, chunks=30))
    iterations = [fitted for name, fitted in recorder.ended if name == "iteration"]
    n_iter = int(np.max(model.n_iter_))
    assert len(iterations) in (n_iter, n_iter - 1)  # the last step may be one that no longer helps
    assert len(iterations) > 2
    assert_allclose(iterations[-1].coef_, model.coef_, rtol=1e-12)
    assert np.abs(iterations[0].coef_ - model.coef_).max() > 1e-6
