"""Fit methods on splits: rows of the table, those that are there already left out."""

import warnings
from time import perf_counter

from benchmarks._discover import modules_of
from benchmarks.transfer._knowledge import Knowledge
from benchmarks.transfer._scores import SCORES
from benchmarks.transfer._splits import split

COLUMNS = ("task", "n_target", "split", "method", "score", "seconds", "chosen")
TASKS = modules_of("benchmarks.transfer.tasks")
METHODS = modules_of("benchmarks.transfer.methods")


def runs(task, sizes, splits, methods, done):
    """Rows of one task, a list for each split that is not done.

    Parameters
    ----------
    task : str
    sizes : list of int
    splits : range
    methods : list of str
    done : set of (str, int, int, str)
        Task, size, split and method of the rows that are there.

    Yields
    ------
    list of dict
        Of ``COLUMNS``.
    """
    data = knowledge = None
    for size in sizes:
        for number in splits:
            missing = [name for name in methods if (task, size, number, name) not in done]
            if missing and data is None:
                data = TASKS[task].load()
                knowledge = Knowledge(data)
            missing = [name for name in missing if data.kind in getattr(METHODS[name], "KINDS", (data.kind,))]
            if missing:
                key = {"task": task, "n_target": size, "split": number}
                yield [key | measured(data, knowledge, size, number, name) for name in missing]


def measured(data, knowledge, size, number, method):
    """Score and seconds of one fit; one that fails has no score, and its reason in ``chosen``."""
    train, test = split(data, size, number)
    module = METHODS[method]
    for name in module.KNOWS:
        getattr(knowledge, name)
    knowledge.begin(number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn's solvers and splitters, where rows are few
        start = perf_counter()
        try:
            model = module.fit(knowledge, data.X_target[train], data.y_target[train])
        except (ArithmeticError, ValueError) as error:
            return {"method": method, "chosen": f"failed: {error}".splitlines()[0][:100]}
        seconds = perf_counter() - start
        score = SCORES[data.kind](model, data.X_target[test], data.y_target[test])
    return {"method": method, "score": score, "seconds": seconds, "chosen": chosen(model)}


def chosen(model):
    """The kind of candidate, of searches, and alpha of alpha-weighted ones."""
    search = model[-1] if hasattr(model, "steps") else model
    found = getattr(search, "choice_", "")
    alpha = getattr(getattr(search, "best_estimator_", None), "alpha", None)
    weighs = hasattr(getattr(search, "best_estimator_", None), "estimator")
    return f"{found} alpha={float(alpha):.3g}" if weighs and alpha is not None else found
