"""A function's digest: another one as soon as it could give other features, the same one otherwise."""

import functools
import pickle

import joblib
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.preprocessing import scale

from sktransfer.representation._readers import read
from sktransfer.representation._readers._content import digest


def made(source, **names):
    """The function ``f`` that some code defines, with globals of its own."""
    exec(source, names)
    return names["f"]


class Power:
    def __init__(self, exponent):
        self.exponent = exponent

    def __call__(self, rows):
        return rows**self.exponent

    def method(self, rows):
        return rows**self.exponent


def closure(exponent):
    return lambda rows: rows**exponent


def wrapped(function):
    return functools.wraps(function)(lambda *args: function(*args))


PAIRS = {
    "code": (made("def f(x): return x + 1"), made("def f(x): return x - 1")),
    "constant": (made("def f(x): return x + 1"), made("def f(x): return x + 2")),
    "inner function": (made("f = lambda x: (lambda: x + 1)()"), made("f = lambda x: (lambda: x + 2)()")),
    "default": (made("def f(x, a=1): return x + a"), made("def f(x, a=2): return x + a")),
    "keyword": (made("def f(x, *, a=1): return x + a"), made("def f(x, *, a=2): return x + a")),
    "closure": (closure(1), closure(2)),
    "global": (made("def f(x): return x + a", a=np.ones(2)), made("def f(x): return x + a", a=np.zeros(2))),
    "called": (
        made("def g(x): return x + 1\ndef f(x): return g(x)"),
        made("def g(x): return x + 2\ndef f(x): return g(x)"),
    ),
    "global of a comprehension": (
        made("def f(x): return [a + y for y in x]", a=1),
        made("def f(x): return [a + y for y in x]", a=2),
    ),
    "attribute": (Power(1), Power(2)),
    "method": (Power(1).method, Power(2).method),
    "partial": (functools.partial(np.power, 1), functools.partial(np.power, 2)),
    "ufunc": (np.exp, np.log),
    "inherited": (
        made("class g:\n def __call__(self, x): return x\nclass f(g): pass"),
        made("class g:\n def __call__(self, x): return -x\nclass f(g): pass"),
    ),
    "decorated": (
        made("class f:\n @w\n def __call__(self, x): return x", w=wrapped),
        made("class f:\n @w\n def __call__(self, x): return -x", w=wrapped),
    ),
    "property": (
        made("class f:\n @property\n def p(self): return 1"),
        made("class f:\n @property\n def p(self): return 2"),
    ),
    "class": (made("class f:\n def __call__(self, x): return x"), made("class f:\n def __call__(self, x): return -x")),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_differs(name):
    one, other = PAIRS[name]
    assert digest(one) != digest(other)
    assert digest(one) == digest(one)


def test_what_is_the_same():
    source = "def g(n): return n and f(n - 1)\ndef f(x): return g(x) + math.pi"
    assert digest(made(source, math=np)) == digest(made(source, math=np))
    assert digest(closure(2)) == digest(closure(2))
    assert digest(Power(3)) == digest(pickle.loads(pickle.dumps(Power(3))))


def test_functions_of_libraries_are_not_gone_into():
    function = made("def f(x): return scale(x) + norm(x) + hash(x)", scale=scale, norm=np.linalg.norm, hash=joblib.hash)
    assert digest(function) == digest(function)


def test_models_are_known_by_what_they_hold():
    X = np.random.default_rng(0).normal(size=(20, 3))
    one, same, other = (read(PCA(2).fit(rows)).content for rows in (X, X.copy(), X[:10]))
    assert one == same
    assert one != other
    assert read(Ridge().fit(X, X[:, 0])).content != read(Ridge().fit(X, X[:, 1])).content


def test_what_cannot_be_pickled_is_refused():
    with pytest.raises(ValueError, match=r"cannot be pickled: .*generator.* Leave memory out"):
        digest(made("def f(x): return a", a=(k for k in range(3))))
