"""The demo's computation: repeated random splits of the target hospital, four methods, three scores.

Nothing is printed and nothing drawn here: `run_demo` returns a `DemoResult`, the other files present it.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from sktransfer._kernels import single_threaded_blas
from sktransfer.cli._demo_methods import METHODS, Setting, choose_strength, fit_logistic
from sktransfer.datasets import load_heart_disease
from sktransfer.sources import Source

TARGET = "Hungary"
SCORES = ("log-loss", "accuracy", "AUC")
CURVE = (20, 30, 50, 100, 200)
CURVE_SPLITS = 12


@dataclass(frozen=True)
class TransferFit:
    """What one transfer chose.

    Attributes
    ----------
    choice : str
        The candidate of the largest weight.
    shares : dict
        From names of candidates to their weights in the mixture.
    worth : float
        How many target rows the source was worth; infinite if it was copied whole, NaN if not known.
    delta : ndarray of shape (n_features,) or None
        theta_target - theta_source on the raw features, the mixture's mean; None where there is none.
    """

    choice: str
    shares: dict
    worth: float
    delta: np.ndarray | None


@dataclass(frozen=True)
class DemoResult:
    """All that the table, the words and the picture need.

    Attributes
    ----------
    rows : int
        Labelled target rows of the table.
    scores : dict of int to ndarray of shape (n_splits, n_methods, n_scores)
        By number of labelled rows; methods in the order of METHODS, scores in that of SCORES.
    fits : list of TransferFit
        One for each split of the table.
    n_source, n_target : int
        Rows of the source and of the target.
    feature_names : list of str
    feature_scale : ndarray of shape (n_features,)
        Standard deviation of each feature over the source.
    """

    rows: int
    scores: dict
    fits: list
    n_source: int
    n_target: int
    feature_names: list
    feature_scale: np.ndarray


def run_demo(*, n_splits=40, rows=30, curve=CURVE, curve_splits=CURVE_SPLITS, progress=iter):
    """Fit the four methods on every split and score them on the rows left over.

    Parameters
    ----------
    n_splits : int, default=40
        Splits with `rows` labelled rows.
    rows : int, default=30
        Labelled target rows of the table.
    curve : sequence of int, default=(20, 30, 50, 100, 200)
        Further numbers of labelled rows, for the learning curve.
    curve_splits : int, default=12
        Splits for each of these; at most `n_splits`.
    progress : callable, default=iter
        Wraps the list of splits in an iterable.

    Returns
    -------
    DemoResult
        The same for the same arguments, every time.
    """
    with single_threaded_blas():  # thousands of tiny fits: threads would only wait for each other
        return _run(n_splits, rows, curve, curve_splits, progress)


def _run(n_splits, rows, curve, curve_splits, progress):
    setting = load_setting()
    counts = {size: min(curve_splits, n_splits) for size in curve} | {rows: n_splits}
    scores = {size: np.empty((counts[size], len(METHODS), len(SCORES))) for size in sorted(counts)}
    fits = []
    for size, number in progress([(n, k) for n in scores for k in range(counts[n])]):
        models, test = fit_split(setting, size, number)
        X, y = setting.X_target[test], setting.y_target[test]
        scores[size][number] = [score(model, X, y) for model in models.values()]
        if size == rows:
            fits.append(describe(models["transfer"]))
    return DemoResult(
        rows=rows,
        scores=scores,
        fits=fits,
        n_source=len(setting.y_source),
        n_target=len(setting.y_target),
        feature_names=setting.feature_names,
        feature_scale=setting.X_source.std(axis=0),
    )


def load_setting():
    """Heart disease: Hungary is the target, the other three hospitals are the source, modelled once."""
    heart = load_heart_disease()
    at_target = heart.hospital == TARGET
    X_source, y_source = heart.data[~at_target], heart.target[~at_target]
    strength = choose_strength(X_source, y_source)
    source_model = fit_logistic(X_source, y_source, strength)
    return Setting(
        X_source=X_source,
        y_source=y_source,
        X_target=heart.data[at_target],
        y_target=heart.target[at_target],
        feature_names=heart.feature_names,
        source_model=source_model,
        source_strength=strength,
        source=Source.from_estimator(source_model, X=X_source, name="three hospitals"),
    )


def fit_split(setting, size, number):
    """Fit every method on the labelled rows of one split; return the models by name and the test rows."""
    train, test = draw_split(setting.y_target, size, seed=1000 * size + number)
    X, y = setting.X_target[train], setting.y_target[train]
    return {name: fit(setting, X, y) for name, fit in METHODS.items()}, test


def draw_split(y, size, seed):
    """Draw `size` rows to train on, the rest to test on, until both hold two rows of each class."""
    random_state = np.random.RandomState(seed)
    while True:
        order = random_state.permutation(len(y))
        train, test = order[:size], order[size:]
        if min(np.bincount(y[part], minlength=2).min() for part in (train, test)) >= 2:
            return train, test


def score(model, X, y):
    """Log-loss, accuracy and AUC of a fitted classifier."""
    probability = model.predict_proba(X)[:, 1]
    return (
        log_loss(y, probability, labels=[0, 1]),
        accuracy_score(y, model.predict(X)),
        roc_auc_score(y, probability),
    )


def describe(model):
    """Take from a fitted TransferCV what the report tells of it."""
    shares, moves = dict.fromkeys(model.table_["candidate"], 0.0), model._findings().moves
    for name, weight in zip(model.table_["candidate"], model.weights_, strict=True):
        shares[name] += float(weight)
    return TransferFit(
        choice=model.choice_,
        shares=shares,
        worth=float(model.effective_sample_size_),
        delta=None if moves is None else np.ravel(moves.target - moves.source),
    )


def mean_and_error(values):
    """Mean over splits (the first axis) and its standard error."""
    values = np.asarray(values)
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
