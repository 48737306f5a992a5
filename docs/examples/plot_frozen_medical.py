"""
A residual network moves to another hospital
============================================

Medicine's recipe for few labels: take a deep network that was trained elsewhere, freeze it, fit a new head to the few
patients one has. Usually the network is a ResNet and the patients are images. Images of patients may seldom be handed
on, so that here they are what a cardiologist wrote down, and the residual network is one for tables: three hospitals
(627 patients) are its source, the fourth, in Hungary, has only begun to examine coronary arteries.

The new head usually starts from nothing, though the old one answered the same question. ``make_transfer(network)``
freezes the same network and lets its old head be the prior of the new one. The data are the heart disease hospitals of
the UCI repository (CC BY 4.0), which come with sktransfer; the network takes torch.

How wide the network is and how long each way is trained was not chosen on Hungary's patients: each of the other three
hospitals in turn played the new one, and what gave the lowest log-loss there, on average, is used here.
"""

# %%
# The source
# ----------
#
# Each block adds a correction to what came in, ``x + f(x)``: that is all that makes a network residual. Of the widths
# 16, 32 and 64 and of 2 to 80 epochs, 64 and 5 did best on the hospital that was left out.

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

from sktransfer import make_transfer
from sktransfer.datasets import load_heart_disease

heart = load_heart_disease()
here = heart.hospital == "Hungary"
scaler = StandardScaler().fit(heart.data[~here])
X_source, X_target = (np.float32(scaler.transform(heart.data[rows])) for rows in (~here, here))
y_source, y_target = (np.int64(heart.target[rows]) for rows in (~here, here))


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, width):
        super().__init__()
        self.correction = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(2 * width, width)
        )

    def forward(self, x):
        """Of a batch."""
        return x + self.correction(x)


def new_network(width=64):
    """Two residual blocks and a head of two outputs: ill, or not."""
    return nn.Sequential(
        nn.Linear(X_source.shape[1], width),
        Residual(width),
        Residual(width),
        nn.LayerNorm(width),
        nn.ReLU(),
        nn.Linear(width, 2),
    )


def train(network, X, y, epochs, batch=32):
    """Adam with a little decay of weights."""
    adam = torch.optim.AdamW(network.parameters(), lr=1e-3)
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(batch):
            adam.zero_grad()
            nn.functional.cross_entropy(network(X[rows]), y[rows]).backward()
            adam.step()
    return network.eval()


def probabilities(network, X):
    """Of health and illness."""
    with torch.no_grad():
        return torch.softmax(network(torch.as_tensor(X)).double(), dim=1).numpy()


torch.manual_seed(0)
network = train(new_network(), X_source, y_source, epochs=5)
print(f"log-loss on the three hospitals {log_loss(y_source, probabilities(network, X_source)):.3f}")
print(f"log-loss on the fourth          {log_loss(y_target, probabilities(network, X_target)):.3f}")

# %%
# The ways
# --------
#
# What is frozen gives the same features in every epoch, so they are computed once. At the three hospitals, over 20, 50
# and 100 patients, 10 epochs from scratch (of 5 to 100) and 100 of the fresh head (of 20 to 500) did best.


def from_scratch(X, y):
    """The same network, of the new hospital's patients alone."""
    return train(new_network(), X, y, epochs=10)


def head_replaced(X, y):
    """The tutorials' way: a fresh head on the frozen rest."""
    with torch.no_grad():
        Z = network[:-1](torch.as_tensor(X))
    return nn.Sequential(*network[:-1], train(nn.Linear(64, 2), Z, y, epochs=100))


# %%
# Ours is one line. The 64 numbers that the network feeds to its head are the features; the old head is the source of
# the logistic regression behind them; how strongly it holds is chosen from the labelled patients.

ours = make_transfer(network, classes=[0, 1])

# %%
# Forty splits
# ------------
#
# Log-loss on the patients that were not used, and after ``+-`` the standard error of the difference to ours. A share of
# each twenty is ill, as in the hospital.
#
# The other recipes take ten splits. Here ten do not show a gain at twenty patients: 0.019 +- 0.012 on starting from
# scratch and 0.015 +- 0.019 on the fresh head. Forty were taken after that was seen, so that their errors are too kind;
# the next forty that were looked at, 100 to 139, give 0.018 +- 0.007 and 0.019 +- 0.006. Of three more seeds of the
# network two show both gains over the forty, one does not show that on the fresh head (0.009 +- 0.007).

SIZES, SPLITS = (20, 50, 100, 200), 40


def losses_of(n, number):
    """Of each way, on one split."""
    X, X_test, y, y_test = train_test_split(
        X_target, y_target, train_size=n, stratify=y_target, random_state=1000 * n + number
    )
    torch.manual_seed(number)
    found = {
        "from scratch": probabilities(from_scratch(X, y), X_test),
        "source as it is": probabilities(network, X_test),
        "head replaced": probabilities(head_replaced(X, y), X_test),
        "ours": ours.fit(X, y).predict_proba(X_test),
    }
    return {name: log_loss(y_test, p) for name, p in found.items()}


splits = {n: [losses_of(n, number) for number in range(SPLITS)] for n in SIZES}
results = {n: {name: np.array([row[name] for row in rows]) for name in rows[0]} for n, rows in splits.items()}


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'patients':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in results[20]:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# With twenty patients the corrected old head does best here, the old head as it is included. With a hundred and more a
# fresh head is as good, or a little better.

# %%
# The curve
# ---------

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in results[20]:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("patients of the new hospital")
axes.set_ylabel("log-loss")
axes.legend()
plt.show()
