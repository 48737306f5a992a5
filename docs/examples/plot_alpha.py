"""
How much should the other hospitals count?
==========================================

Four hospitals measured the same nineteen things on patients with chest pain. Cleveland has sixty patients to learn
from; the others have 616. Leave them out, or throw all patients together? The alpha-weighted loss has both as special
cases, and everything in between:

    L = alpha * (loss of their patients) + (1 - alpha) * (loss of our patients)

At ``alpha=0`` only ours count, at ``alpha=1`` only theirs, and at ``alpha=1/2`` all count alike.
"""

# %%
# Two lots of rows
# ----------------
#
# The source is a table, not a model: ``SourceData`` holds it by reference. Both tables are in the same units, here
# those of the other hospitals.

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from sktransfer import SourceData
from sktransfer.datasets import load_heart_disease
from sktransfer.joint import AlphaWeightedClassifier
from sktransfer.linear_model import TransferLogisticRegression
from sktransfer.model_selection import TransferCV

heart = load_heart_disease()
ours = heart.hospital == "Cleveland"
scaler = StandardScaler().fit(heart.data[~ours])
others = SourceData(scaler.transform(heart.data[~ours]), heart.target[~ours], name="the other hospitals")
X, y = scaler.transform(heart.data[ours]), heart.target[ours]


def sixty(seed):
    """(rows to learn from, rows to be judged by)."""
    order = np.random.default_rng(seed).permutation(len(y))
    return order[:60], order[60:]


# %%
# From ours alone to theirs alone
# -------------------------------
#
# There are ten times as many of their patients as of ours, so the interesting alphas crowd near zero: a grid in
# log-odds spreads them out. The curves are log-losses on patients of Cleveland that no fit has seen, for eight draws of
# sixty.

log_odds = np.arange(-8, 7)
estimator = TransferLogisticRegression(C=1.0)


def judged(alpha, train, test):
    """Log-loss on unseen patients."""
    model = AlphaWeightedClassifier(estimator, others, alpha).fit(X[train], y[train])
    return log_loss(y[test], model.predict_proba(X[test]))


draws = [sixty(seed) for seed in range(8)]
curves = np.array([[judged(expit(point), *draw) for point in log_odds] for draw in draws])
ends = {name: np.mean([judged(alpha, *draw) for draw in draws]) for name, alpha in (("ours", 0.0), ("theirs", 1.0))}
mean = curves.mean(axis=0)
best = log_odds[mean.argmin()]
print(f"ours alone {ends['ours']:.3f}, theirs alone {ends['theirs']:.3f}")
print(f"pooled {mean[log_odds == 0][0]:.3f}; lowest at log-odds {best}: {mean.min():.3f}")

# %%
# Which one would we have chosen?
# -------------------------------
#
# The curves need patients that we do not have. ``TransferCV`` leaves out one of our sixty at a time, by approximation
# and not by refitting, and looks for alpha and the strength of the penalty together. Ours alone, theirs alone and
# pooled are always among the candidates. Of candidates that are as good within the noise it takes the one that borrows
# most.


def searched(source, draws):
    """(alphas, log-losses on unseen patients) that TransferCV comes to, draw by draw."""
    found = []
    for train, test in draws:
        search = TransferCV(AlphaWeightedClassifier(TransferLogisticRegression(), source)).fit(X[train], y[train])
        found.append((search.best_estimator_.alpha, log_loss(y[test], search.predict_proba(X[test]))))
    return np.transpose(found)


alphas, losses = searched(others, draws)
print(f"chosen: log-loss {losses.mean():.3f}, median alpha {np.median(alphas):.2g}")

# %%
# Without their patients
# ----------------------
#
# Suppose the other hospitals may not hand out rows. ``summarize`` fits a model where the rows are, and keeps the loss's
# slope and curvature at its coefficients: some hundred numbers instead of 616 patients. They can be saved, sent, and
# added to those of a fifth hospital. For squared loss such sums are as good as rows; for log-loss they are an
# approximation, close where the fit stays near their model. On the first three draws:

summary = others.summarize(LogisticRegression(C=1.0))
losses_summary = searched(summary, draws[:3])[1]
print(f"by rows: log-loss {losses[:3].mean():.3f}; by sums: log-loss {losses_summary.mean():.3f}")

# %%
# The picture
# -----------
#
# Thin lines are the draws, the thick one their mean; the dashes are what is left at the two ends. Circles are what
# ``TransferCV`` chose, each at its own draw's loss.

import matplotlib.pyplot as plt  # noqa: E402

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(log_odds, curves.T, color="C0", alpha=0.25, linewidth=0.8)
axes.plot(log_odds, mean, color="C0", linewidth=2.5, label="mean of eight draws")
axes.axhline(ends["ours"], color="C1", linestyle="--", label="ours alone")
axes.axhline(ends["theirs"], color="C2", linestyle="--", label="theirs alone")
axes.axvline(0, color="black", linewidth=0.8, linestyle=":", label="pooled")
with np.errstate(divide="ignore"):
    places = np.clip(np.log(alphas) - np.log1p(-np.array(alphas)), log_odds[0], log_odds[-1])
axes.plot(places, losses, "o", color="C3", label="chosen by TransferCV")
axes.set_xlabel("log-odds of alpha")
axes.set_ylabel("log-loss on unseen patients")
axes.legend()
plt.show()
