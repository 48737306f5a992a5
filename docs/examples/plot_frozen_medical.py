"""
A residual network moves to another part of the tissue
======================================================

Medicine's recipe for few labels: take a ResNet that was trained elsewhere, freeze it, fit a new head to the few labels
one has. The new head usually starts from nothing, though the old one answered the same question.
``make_transfer(network)`` freezes the same network and lets its old head be the prior of the new one.

The image is a section of a colon that ships with scikit-image. It holds two dyes: haematoxylin, blue, which shows the
nuclei and is cheap, and an antibody, brown, whose density is graded none, weak or strong. A small ResNet sees the blue
dye alone and is asked for the grade. Each quarter of the section in turn is the new one, of which a few spots are
graded; the other three are its source. It takes torch and scikit-image.
"""

# %%
# The section
# -----------
#
# Either dye is told by its colour (Ruifrok and Johnston, 2001). A window of 32 x 32 pixels is seen, and its middle is
# graded. Where grades part from each other is found from the densities (Otsu's thresholds). The new quarter's windows
# do not overlap: two that do share pixels, and what is tested would have been seen.

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import torch
from joblib import Parallel, delayed
from skimage.color import rgb2hed
from skimage.data import immunohistochemistry
from skimage.filters import threshold_multiotsu
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from torch import nn

from sktransfer import make_transfer

section = immunohistochemistry()
nuclei, _, antibody = np.moveaxis(rgb2hed(section), -1, 0)
nuclei /= nuclei.std()
between_grades = threshold_multiotsu(antibody, classes=3)

GRADES = range(3)  # none, weak, strong
HALF, SIDE, MIDDLE = 256, 32, slice(8, 24)  # of the section, of a window; what of a window is graded
QUARTERS = ((0, 0), (0, HALF), (HALF, 0), (HALF, HALF))  # upper left, upper right, lower left, lower right


def windows(quarter, step):
    """(X, y): what is seen, of shape (n, 1024), and the grades."""
    tops, lefts = (np.arange(start, start + HALF - SIDE + 1, step) for start in quarter)
    cuts = [np.s_[top : top + SIDE, left : left + SIDE] for top in tops for left in lefts]
    density = [antibody[cut][MIDDLE, MIDDLE].mean() for cut in cuts]
    return np.float32([nuclei[cut].ravel() for cut in cuts]), np.digitize(density, between_grades)


TARGETS = {quarter: windows(quarter, step=SIDE) for quarter in QUARTERS}
for (_, y), place in zip(TARGETS.values(), ("upper left", "upper right", "lower left", "lower right"), strict=True):
    print(f"{place:12} windows of grade none, weak, strong:", np.bincount(y, minlength=len(GRADES)))

# %%
# The sources
# -----------
#
# Three residual blocks, each ``x + f(x)``. Tissue has no up and down: windows are turned and mirrored at random while
# the network learns, and made somewhat brighter or darker. Its width, the epochs and the windows' size were chosen by
# how well such networks do, as they are, on a quarter that was left out.


class Residual(nn.Module):
    """x + f(x), at half the resolution."""

    def __init__(self, before, after):
        super().__init__()
        self.correction = nn.Sequential(
            nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.short = nn.Sequential(nn.Conv2d(before, after, 1, stride=2, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        """Of a batch."""
        return torch.relu(self.short(x) + self.correction(x))


def new_network():
    """Three blocks, the mean of what they find, and a head with an output for each grade."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE, SIDE)),
        Residual(1, 8),
        Residual(8, 16),
        Residual(16, 32),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, len(GRADES)),
    )


def turned(X):
    """Windows turned, mirrored, brighter or darker."""
    images = torch.rot90(X.reshape(-1, SIDE, SIDE), int(torch.randint(4, ())), (1, 2))
    images = images.flip(2) if torch.rand(()) < 0.5 else images
    return (images * torch.exp(0.2 * torch.randn(len(X), 1, 1))).flatten(1)


def train(network, X, y, epochs, rate=1e-2, vary=turned):
    """Adam with a little decay of weights; its rate rises, then falls to nothing."""
    adam = torch.optim.AdamW(network.parameters(), lr=rate, foreach=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, rate, epochs=epochs, steps_per_epoch=-(-len(X) // 32))
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(32):
            adam.zero_grad()
            nn.functional.cross_entropy(network(vary(X[rows])), y[rows]).backward()
            adam.step()
            cycle.step()
    return network.eval()


def probabilities(network, X):
    """Of each grade."""
    with torch.no_grad():
        return torch.softmax(network(torch.as_tensor(X)).double(), dim=1).numpy()


def source_network(new):
    """What the other three quarters teach, in windows that do overlap."""
    torch.manual_seed(0)
    parts = [windows(quarter, step=8) for quarter in QUARTERS if quarter != new]
    return train(new_network(), *map(np.concatenate, zip(*parts, strict=True)), epochs=10)


networks = dict(zip(QUARTERS, Parallel(n_jobs=2)(map(delayed(source_network), QUARTERS)), strict=True))

# %%
# The ways
# --------
#
# How fast and how long the first two are trained is what did best, or within 0.003 of it, in the very table below: they
# have the benefit of hindsight (tried were rates of 0.001 to 0.01, and 20 to 160 epochs from scratch, 20 to 400 of the
# fresh head). What is frozen gives the same features in every epoch, so they are computed once.


def from_scratch(X, y):
    """The same network, of the new quarter's graded windows alone."""
    return train(new_network(), X, y, epochs=40, rate=3e-3)


def head_replaced(network, X, y):
    """The tutorials' way: a fresh head on the frozen rest."""
    with torch.no_grad():
        Z = network[:-1](torch.as_tensor(X))
    return nn.Sequential(*network[:-1], train(nn.Linear(32, len(GRADES)), Z, y, epochs=50, vary=nn.Identity()))


# %%
# Ours is one line. The 32 numbers that the network feeds to its head are the features; the old head is the source of
# the logistic regression behind them; how strongly it holds is chosen from the graded windows.


def ours(network):
    """The old head as a prior."""
    return make_transfer(network, classes=GRADES)


# %%
# Ten splits
# ----------
#
# Log-loss on the windows that were not used, the mean of the four quarters, and after ``+-`` the standard error of the
# difference to ours over the splits.

SIZES, SPLITS = (20, 50), 10


def losses_of(quarter, n, number):
    """Of each way, on one split of one quarter."""
    network, (X, y) = networks[quarter], TARGETS[quarter]
    X, X_test, y, y_test = train_test_split(X, y, train_size=n, random_state=1000 * n + number)
    torch.manual_seed(number)
    found = {
        "from scratch": probabilities(from_scratch(X, y), X_test),
        "source as it is": probabilities(network, X_test),
        "head replaced": probabilities(head_replaced(network, X, y), X_test),
        "ours": ours(network).fit(X, y).predict_proba(X_test),
    }
    return {name: log_loss(y_test, p, labels=GRADES) for name, p in found.items()}


splits = list(product(SIZES, range(SPLITS), QUARTERS))
found = Parallel(n_jobs=2)(delayed(losses_of)(quarter, n, number) for n, number, quarter in splits)
results = {n: {} for n in SIZES}
for name in found[0]:
    losses = np.reshape([losses[name] for losses in found], (len(SIZES), SPLITS, len(QUARTERS))).mean(axis=2)
    for n, by_split in zip(SIZES, losses, strict=True):
        results[n][name] = by_split


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'windows':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in results[20]:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# As it is the source errs where the new quarter differs, and a fresh head forgets what the old one knew. The old head,
# corrected, does better than either with twenty windows, and still with fifty.

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in results[20]:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("graded windows of the new quarter")
axes.set_ylabel("log-loss")
axes.legend()

# %%
# A quarter
# ---------
#
# What the network sees of the lower right, the grade that ours expects everywhere after twenty windows, and the dyes.

new = QUARTERS[3]
X, _, y, _ = train_test_split(*TARGETS[new], train_size=20, random_state=0)
expected = ours(networks[new]).fit(X, y).predict_proba(windows(new, step=4)[0]) @ GRADES
expected = expected.reshape(2 * (int(np.sqrt(len(expected))),))

middles = np.s_[new[0] + 8 : -8, new[1] + 8 : -8]
images = {
    "haematoxylin": nuclei[middles],
    "the antibody, expected": expected,
    "the section": section[middles],
}
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for panel, (title, image) in zip(panels, images.items(), strict=True):
    panel.imshow(image, cmap="gray")
    panel.set_title(title)
    panel.set_axis_off()
plt.show()
