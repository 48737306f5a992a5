"""
Shoulder exercises of new patients, from a handful of labels
============================================================

After an operation on the shoulder patients are sent home with exercises. A smartwatch could tell which ones they do,
if somebody had labelled enough of *their* movements. A residual network has learned the seven exercises from five
people; five others are new, move in their own way, and a physiotherapist labels a few seconds of each. How many does
it take?

The tutorials freeze the network and train a fresh last layer. ``make_transfer(network)`` freezes it, too, but lets the
old last layer be the prior of the new one. The recordings are those of Burns et al. (2018, Physiological Measurement,
"Shoulder physiotherapy exercise recognition": healthy adults, six channels of a watch's accelerometer and gyroscope) in
the package seglearn (BSD); the network takes torch.
"""

# %%
# The source
# ----------
#
# Right wrists, 25 readings a second, cut into windows of two seconds that do not overlap. People 1 to 5 are the source.

import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from seglearn.datasets import load_watch
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from torch import nn

from sktransfer import make_transfer

CHANNELS, LENGTH = 6, 48
watch = load_watch()


def windows_of(recordings):
    """(windows, exercises)."""
    X, y = [], []
    for number in np.flatnonzero(recordings):
        signal = watch["X"][number][::2]
        for start in range(0, len(signal) - LENGTH + 1, LENGTH):
            X.append(signal[start : start + LENGTH].T.ravel())
            y.append(watch["y"][number])
    return np.float32(X), np.array(y)


right, known = watch["side"] == 1, watch["subject"] <= 5
X_source, y_source = windows_of(right & known)
X_target, y_target = windows_of(right & ~known)
unit = np.repeat(X_source.reshape(-1, CHANNELS, LENGTH).std(axis=(0, 2)), LENGTH)
X_source, X_target = X_source / unit, X_target / unit


class Residual(nn.Module):
    """Two convolutions beside a shortcut; half as long, ``wide`` channels."""

    def __init__(self, narrow, wide):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(narrow, wide, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm1d(wide),
            nn.ReLU(),
            nn.Conv1d(wide, wide, 5, padding=2, bias=False),
            nn.BatchNorm1d(wide),
        )
        self.shortcut = nn.Sequential(nn.Conv1d(narrow, wide, 1, stride=2, bias=False), nn.BatchNorm1d(wide))

    def forward(self, x):
        """Of a batch of signals."""
        return torch.relu(self.body(x) + self.shortcut(x))


def new_network():
    """Three residual blocks, the mean over time, an output for each exercise."""
    return nn.Sequential(
        nn.Unflatten(1, (CHANNELS, LENGTH)),
        Residual(CHANNELS, 16),
        Residual(16, 32),
        Residual(32, 32),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(32, 7),
    )


def train(network, free, X, y, steps, batch=32):
    """Adam on the parameters of ``free``, cross-entropy of ``network``."""
    adam = torch.optim.Adam(free.parameters(), lr=1e-3)
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    for _ in range(steps):
        rows = torch.randperm(len(X))[:batch]
        adam.zero_grad()
        nn.functional.cross_entropy(network(X[rows]), y[rows]).backward()
        adam.step()
    return network.eval()


def probabilities(network, X):
    """Of each exercise."""
    with torch.no_grad():
        return torch.softmax(network(torch.as_tensor(X)).double(), dim=1).numpy()


torch.manual_seed(0)
network = new_network()
train(network, network, X_source, y_source, steps=300)
print(f"{len(y_source)} windows of five people, {len(y_target)} of five others")
print(f"right on its own people: {np.mean(probabilities(network, X_source).argmax(axis=1) == y_source):.2f}")
print(f"right on the new ones:   {np.mean(probabilities(network, X_target).argmax(axis=1) == y_target):.2f}")

# %%
# The ways
# --------
#
# The tutorials' way has 300 steps of Adam: with 1,000, or steps ten times as long, it did worse here. The frozen
# network stays in evaluation mode, so that its batch normalisation stays what it was.


def from_scratch(X, y):
    """The same network, of the new people's windows alone."""
    own = new_network()
    return train(own, own, X, y, steps=200)


def output_replaced(X, y):
    """The tutorials' way: a fresh output layer on the frozen rest."""
    tuned = copy.deepcopy(network).requires_grad_(False).eval()
    tuned[-1] = nn.Linear(32, 7)
    return train(tuned, tuned[-1], X, y, steps=300)


# %%
# Ours is one line. The 32 numbers that the network feeds to its last layer are the features; the last layer is the
# source of the logistic regression behind them; how strongly it holds is chosen from the labelled windows.

ours = make_transfer(network, classes=range(7))
print(ours)

# %%
# Ten splits
# ----------
#
# Log-loss on the windows that were not labelled, and after ``+-`` the standard error of the difference to ours. Each
# exercise has its share among the labelled. Both lots of windows are of the same five people: what is asked is whether
# a few labels carry over to the rest of *their* movements.

SIZES, SPLITS = (20, 50, 100, 200), 10


def losses_of(n, number):
    """Of each way, on one split."""
    X, X_test, y, y_test = train_test_split(
        X_target, y_target, train_size=n, stratify=y_target, random_state=1000 * n + number
    )
    found = {
        "from scratch": probabilities(from_scratch(X, y), X_test),
        "source as it is": probabilities(network, X_test),
        "output replaced": probabilities(output_replaced(X, y), X_test),
        "ours": ours.fit(X, y).predict_proba(X_test),
    }
    return {name: log_loss(y_test, p) for name, p in found.items()}


splits = {n: [losses_of(n, number) for number in range(SPLITS)] for n in SIZES}
results = {n: {name: np.array([row[name] for row in rows]) for name in rows[0]} for n, rows in splits.items()}


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'windows':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in results[20]:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# The curve
# ---------

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in results[20]:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("labelled windows of the new people")
axes.set_ylabel("log-loss")
axes.legend()
plt.show()
