"""
Did the other hospitals help?
=============================

A model of heart disease was fitted in three hospitals. A fourth one, in Hungary, has 59 patients whose outcome is
known. ``TransferCV`` leans on the old model as far as held-out patients say it should. This example asks it what it
found: in words, and in three pictures.
"""

# %%
# The old model and the new patients
# ----------------------------------

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source, make_transfer
from sktransfer.datasets import load_heart_disease
from sktransfer.inspection import DeltaDisplay, SourceWeightsDisplay, TransferPathDisplay

heart = load_heart_disease()
patients = pd.DataFrame(heart.data, columns=heart.feature_names)
here = heart.hospital == "Hungary"
old = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(patients[~here], heart.target[~here])
source = Source.from_estimator(old, X=patients[~here])
few = np.flatnonzero(here)[::5]
X, y = patients.iloc[few], heart.target[few]
search = make_transfer(source).fit(X, y)

# %%
# In words
# --------
#
# How much better than without the source, and how sure are we? The standard error is that of the difference, patient by
# patient: what makes a patient hard to predict for every model does not count. Two standard errors are asked for before
# the source is said to help.

print(search.summary())

# %%
# Every sentence is a fitted attribute: ``gain_`` and ``gain_se_``, ``effective_sample_size_``, ``weights_`` by the
# families in ``table_``, and the members' coefficients against the source's.

print(f"{search.gain_:.3f} +- {search.gain_se_:.3f}; worth {search.effective_sample_size_:.0f} patients")

# %%
# How far to lean
# ---------------
#
# Each line is a way to borrow: the strength grows to the right, the intercept is left free, pulled as the slopes are,
# or held at the old model's. Dashed are the models without a strength to choose. The bands are one standard error of
# the difference to the best candidate, so they are narrow where the best is, and a line whose band reaches the best
# cannot be told from it. That is why there is no winner: dots show what each candidate weighs in the mixture that
# predicts.

figure, axes = plt.subplots(ncols=2, figsize=(12, 4.5), layout="constrained")
path = TransferPathDisplay.from_estimator(search, ax=axes[0])
TransferPathDisplay.from_estimator(search, X, y, kind="coefficients", ax=axes[1])
axes[0].set_title("held-out patients", loc="left")

# %%
# The same weights as bars, and the coefficients that moved
# ---------------------------------------------------------
#
# Coefficients are drawn times the standard deviations of their features here, so that years can be compared with
# millimetres of mercury.

figure, axes = plt.subplots(ncols=2, figsize=(12, 4.5), layout="constrained")
weights = SourceWeightsDisplay.from_estimator(search, ax=axes[0])
moved = DeltaDisplay.from_estimator(search, n_features=8, ax=axes[1])

# %%
# One fit, without a search
# -------------------------
#
# A fit of a given strength says what it can say: not whether the source helps, but what it is worth and what moved.

firm = make_transfer(source, borrow=3.0).fit(X, y)
print(firm.summary(X))
loose = make_transfer(source, borrow=0.3).fit(X, y)
print(
    f"a tenth of the strength: worth {loose.effective_sample_size_:.0f} patients, not {firm.effective_sample_size_:.0f}"
)

figure, axes = plt.subplots(ncols=2, figsize=(12, 4.5), layout="constrained", sharex=True)
for ax, model in zip(axes, (firm, loose), strict=True):
    DeltaDisplay.from_estimator(model, n_features=8, ax=ax)
    ax.set_title(f"C = {model.C:.2g}: worth {model.effective_sample_size_:.0f} patients", loc="left")
plt.show()
