"""What all displays share: whose findings they draw, on which axes, and what they say without matplotlib."""

import builtins
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.inspection import DeltaDisplay, SourceWeightsDisplay, TransferPathDisplay
from sktransfer.linear_model import TransferRidge
from sktransfer.model_selection import TransferCV

X = np.random.default_rng(0).normal(size=(20, 2))
y = X @ [1.0, 3.0]
SOURCE = Source([1.0, 2.0])
SEARCH = TransferCV(TransferRidge(source=SOURCE), grid=[1.0, 10.0]).fit(X, y)
DRAW = {
    "path": lambda estimator, **options: TransferPathDisplay.from_estimator(estimator, X, y, **options),
    "delta": DeltaDisplay.from_estimator,
    "weights": SourceWeightsDisplay.from_estimator,
}


@pytest.mark.parametrize("name", DRAW)
def test_new_axes_or_those_given(name):
    made = DRAW[name](SEARCH)
    assert made.figure_.number in plt.get_fignums()
    figure, axes = plt.subplots(ncols=2)
    before = plt.get_fignums()
    display = DRAW[name](SEARCH, ax=axes[1])
    assert (display.ax_, display.figure_) == (axes[1], figure)
    assert plt.get_fignums() == before
    assert not axes[0].has_data()
    assert display.plot(axes[0]) is display
    assert display.ax_ is axes[0]


@pytest.mark.parametrize("name", DRAW)
def test_nothing_of_matplotlib_is_changed(name):
    before = dict(plt.rcParams)
    DRAW[name](SEARCH)
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize("name", ["delta", "weights"])
def test_what_is_around_a_search_is_taken_off(name):
    twin = TransferCV(TransferRidge(source=SOURCE), grid=[1.0, 10.0])
    pipeline = make_pipeline(StandardScaler(with_mean=False, with_std=False), twin)
    around = (
        pipeline.fit(X, y),
        GridSearchCV(pipeline, {"transfercv__rule": ["auto"]}, cv=2).fit(X, y),
        TransformedTargetRegressor(twin).fit(X, y),
    )
    expected = vars(DRAW[name](SEARCH))
    for estimator in around:
        found = vars(DRAW[name](estimator))
        for data in {"source", "target", "weights"} & set(found):
            np.testing.assert_allclose(found[data], expected[data], rtol=1e-9)


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("estimator", [Ridge().fit(X, y), Ridge(), TransferRidge, None], ids=repr)
def test_other_estimators_are_refused(name, estimator):
    with pytest.raises(TypeError, match="Display needs a transfer estimator of this library"):
        DRAW[name](estimator)


@pytest.mark.parametrize("name", ["delta", "weights"])
@pytest.mark.parametrize("estimator", [TransferRidge(), TransferCV(TransferRidge())], ids=["twin", "search"])
def test_estimators_that_are_not_fitted_are_refused(name, estimator):
    with pytest.raises(NotFittedError):
        DRAW[name](estimator)


@pytest.mark.parametrize("name", DRAW)
def test_without_matplotlib_the_extra_is_named(name, monkeypatch):
    display, real = DRAW[name](SEARCH), builtins.__import__

    def guarded(module, *args, **kwargs):
        if module.split(".")[0] == "matplotlib":
            raise ImportError("No module named 'matplotlib'")
        return real(module, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", guarded)
    for draw in (display.plot, lambda: DRAW[name](SEARCH)):
        with pytest.raises(ImportError, match=r"Display\.(plot|from_estimator) needs matplotlib.*sktransfer\[plot\]"):
            draw()


def test_importing_the_displays_imports_no_matplotlib():
    code = "import sys, sktransfer.inspection; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
