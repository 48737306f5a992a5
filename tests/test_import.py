"""Importing the library is silent and light, and what it shows to the public is documented."""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sktransfer

ROOT = Path(sktransfer.__file__).parents[1]
STATEMENTS = ["import sktransfer", "import sktransfer.linear_model"]
PUBLIC = ["sktransfer", "sktransfer.linear_model", "sktransfer.model_selection", "sktransfer.sources"]
PUBLIC = [*PUBLIC, "sktransfer.datasets", "sktransfer.multisource", "sktransfer.representation", "sktransfer.svm"]


def run(code):
    """(stdout, stderr) of a fresh interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, timeout=120
    )
    return done.stdout, done.stderr


def modules_after(statement):
    return set(json.loads(run(f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))")[0]))


@pytest.fixture(scope="module")
def twins_modules():
    return modules_after("import sklearn.linear_model")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_import_loads_nothing_that_its_twin_does_not(statement, twins_modules):
    extra = modules_after(statement) - twins_modules
    assert "sktransfer" in extra
    assert {name for name in extra if name.split(".")[0] != "sktransfer"} == set()


def test_import_of_the_top_loads_no_numpy():
    loaded = modules_after("import sktransfer")
    assert "sktransfer" in loaded
    assert not {"numpy", "scipy", "sklearn", "sktransfer.linear_model"} & loaded


FIT = """
import numpy as np
from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import TransferRidge
from sktransfer.sources import SourceData
X, y = np.eye(4), np.arange(4.0)
AlphaWeightedRegressor(TransferRidge(), SourceData(X, y)).fit(X, y).predict(X)
"""


def test_dask_is_imported_by_those_who_use_it_only():
    packages = {name.split(".")[0] for name in modules_after(FIT)}
    assert "sktransfer" in packages
    assert not {"dask", "distributed"} & packages


@pytest.mark.parametrize("statement", [*STATEMENTS, "from sktransfer import *"])
def test_import_prints_nothing(statement):
    assert run(statement) == ("", "")


STATE = """
import logging, os, sys, warnings
import numpy as np
import sklearn.linear_model

def state():
    keys = np.random.get_state()
    return {
        "floating point": np.geterr(),
        "warnings": list(warnings.filters),
        "random": (keys[0], keys[1].tolist(), keys[2:]),
        "environment": dict(os.environ),
        "handlers": list(map(repr, logging.getLogger().handlers)),
        "level": logging.getLogger().level,
        "loggers with handlers": sorted(
            name for name, found in logging.root.manager.loggerDict.items() if getattr(found, "handlers", None)
        ),
        "threads": sys.getswitchinterval(),
        "print options": np.get_printoptions(),
        "path": list(sys.path),
    }

before = state()
STATEMENT
after = state()
print([key for key in before if before[key] != after[key]], "sktransfer" in sys.modules)
"""


@pytest.mark.parametrize("statement", [*STATEMENTS, "from sktransfer import *"])
def test_import_changes_no_state(statement):
    assert run(STATE.replace("STATEMENT", statement)) == ("[] True\n", "")


def test_dir_and_unknown_names():
    assert dir(sktransfer) == sorted(sktransfer.__all__)
    assert {"Source", "SourceData", "make_transfer", "linear_model", "__version__"} <= set(dir(sktransfer))
    for name in sktransfer.__all__:
        assert getattr(sktransfer, name) is not None
    with pytest.raises(
        AttributeError, match=r"module 'sktransfer' has no attribute 'Transfer'; it has .*make_transfer"
    ):
        _ = sktransfer.Transfer


def public():
    """Every class and function that the public modules name, once."""
    found = {}
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            item = getattr(module, name)
            if inspect.isclass(item) or inspect.isfunction(item):
                found.setdefault(item, f"{module.__name__}.{name}")
    return [pytest.param(item, id=label) for item, label in found.items()]


def section(doc, title):
    """The text of one numpydoc section, up to the next one."""
    found = re.search(rf"^{title}\n-{{{len(title)}}}\n(.*?)(?=^\w[\w ]+\n---|\Z)", doc, re.MULTILINE | re.DOTALL)
    return "" if found is None else found[1]


@pytest.mark.parametrize("item", public())
def test_public_names_are_documented(item):
    doc = inspect.getdoc(item)
    summary = doc.splitlines()[0]
    assert summary.endswith((".", ":"))
    documented = set()
    for line in re.findall(r"^[*\w].*", section(doc, "Parameters"), re.MULTILINE):
        documented |= {name.strip(" *") for name in line.split(" : ")[0].split(",")}
    assert documented == set(inspect.signature(item).parameters)
    assert ">>> " in section(doc, "Examples")
