"""Sentiment of short texts, the mean of 20 human ratings: movie and Amazon reviews -> tweets. Text features, p > n.

vaderSentiment 0.5, additional_resources/hutto_ICWSM_2014.tar.gz of its source archive (MIT; Hutto & Gilbert, 2014),
embedded by all-MiniLM-L6-v2: 384 frozen features, made once by ``python -m benchmarks.transfer.embed``.
"""

import os
from pathlib import Path

import numpy as np

from benchmarks.transfer._task import parted

VARIABLE = "SKTRANSFER_BENCHMARK_EMBEDDINGS"
DOMAINS = ("movie", "amazon", "tweets")


def load():
    """Texts as embeddings, from the file that ``--embeddings`` or the variable names."""
    path = os.environ.get(VARIABLE)
    if not path or not Path(path).is_file():
        raise FileNotFoundError(
            f"sentiment_reg_tweets needs a file of sentence embeddings, got {path!r}: make one with `python -m "
            f"benchmarks.transfer.embed ARCHIVE --output FILE.npz`, then say --embeddings FILE.npz or set {VARIABLE}"
        )
    with np.load(path, allow_pickle=False) as arrays:
        X = np.vstack([arrays[f"{name}_X"].astype(float) for name in DOMAINS])
        lots = [arrays[f"{name}_y"].astype(float) for name in DOMAINS]
    domain = np.repeat(DOMAINS, list(map(len, lots)))
    return parted(X, np.concatenate(lots), domain, DOMAINS[:2], DOMAINS[2], "regression")
