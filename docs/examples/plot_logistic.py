"""
A logistic regression moves to another hospital
===============================================

Three hospitals have 627 patients whose coronary arteries were examined; a fourth, in Hungary, has only just begun. It
asks the same questions of different people: fewer of them are ill, and cholesterol, the electrocardiogram and pain
mean something a little different. What does the model of the three know that the fourth can use?

The answers one finds first are to set ``coef_`` before ``fit``, or ``warm_start=True``. Neither transfers anything,
and this example shows why before it shows what does.
"""

# %%
# The source
# ----------

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import make_transfer
from sktransfer.datasets import load_heart_disease

heart = load_heart_disease()
here = heart.hospital == "Hungary"
X_source, y_source = heart.data[~here], heart.target[~here]
X_target, y_target = heart.data[here], heart.target[here]

scaler = StandardScaler().fit(X_source)
source = LogisticRegression().fit(scaler.transform(X_source), y_source)

# %%
# The naive way transfers nothing
# -------------------------------
#
# Twenty patients of the new hospital. ``fit`` overwrites whatever ``coef_`` held; ``warm_start`` begins at the source
# and walks to the same minimum as without it, because the problem has only one. All three models are the same model.

few = np.random.default_rng(0).permutation(len(y_target))[:20]
X_few, y_few = scaler.transform(X_target[few]), y_target[few]


def from_scratch():
    """Nothing is known of a source."""
    return LogisticRegression(tol=1e-10, max_iter=1000)


def coef_assigned():
    """The source's coefficients are put where ``fit`` does not look."""
    model = from_scratch()
    model.coef_, model.intercept_, model.classes_ = source.coef_.copy(), source.intercept_.copy(), source.classes_
    return model


def warm_started():
    """The search for the minimum begins at the source."""
    model = coef_assigned()
    return model.set_params(warm_start=True)


naive = {make.__name__: make().fit(X_few, y_few).coef_ for make in (from_scratch, coef_assigned, warm_started)}
for name, coef in naive.items():
    print(f"{name:14} differs from scratch by {np.abs(coef - naive['from_scratch']).max():.0e}")
    np.testing.assert_allclose(coef, naive["from_scratch"], atol=1e-6)

# %%
# To stop early is to transfer something, but how much is an accident of the solver: the number of its steps is in no
# unit that a person could reason about. The tutorials' way below takes ``warm_start`` with five steps.


def five_steps():
    """The tutorials' way: a few steps away from the source."""
    return warm_started().set_params(max_iter=5)


# %%
# What transfers
# --------------
#
# The whole source, scaler and all, in one call. The penalty that pulls coefficients to zero pulls them to the source's
# instead, and how strongly is chosen from the target's own rows. Copying the source and ignoring it are among the
# choices.

fitted_source = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_source, y_source)
transferred = make_transfer(fitted_source).fit(X_target[few], y_target[few])
print(transferred.summary())

# %%
# Ten splits
# ----------
#
# Each row of the table is the mean log-loss on the patients that were not used. ``+-`` is the standard error of the
# *difference* to ours over the same splits.

SIZES, SPLITS = (20, 50, 100, 200), 10


def split(n, number):
    """(training rows, test rows) of the new hospital; both classes are among the training rows."""
    random = np.random.RandomState(1000 * n + number)
    order = random.permutation(len(y_target))
    while min(np.bincount(y_target[order[:n]], minlength=2)) < 2:
        order = random.permutation(len(y_target))
    return order[:n], order[n:]


def losses_of(train, test):
    """Log-loss of each way on the test rows."""
    X, y = X_target[train], y_target[train]
    own = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        tutorial = five_steps().fit(scaler.transform(X), y)
    ours = make_transfer(fitted_source).fit(X, y)
    probabilities = {
        "from scratch": own.predict_proba(X_target[test]),
        "source as it is": fitted_source.predict_proba(X_target[test]),
        "tutorial": tutorial.predict_proba(scaler.transform(X_target[test])),
        "ours": ours.predict_proba(X_target[test]),
    }
    return {name: log_loss(y_target[test], p) for name, p in probabilities.items()}


found = {n: [losses_of(*split(n, number)) for number in range(SPLITS)] for n in SIZES}
results = {n: {name: np.array([row[name] for row in rows]) for name in rows[0]} for n, rows in found.items()}


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'patients':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in results[20]:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# The curve: ours is where the source is while there is little to learn from, and leaves it as the target speaks up.

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in results[20]:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("patients of the new hospital")
axes.set_ylabel("log-loss")
axes.legend()
plt.show()
