"""One-vs-rest rows by label: scores that are +1 where a row safely is of the class and -1 where it safely is not.

Unlike log-odds they are not differences between classes: a row of coefficients means the same whatever the others are.
"""

import numpy as np


def convert_margins(part, where):
    """Rows of a source of margins for a target's labels.

    Parameters
    ----------
    part : Part
        Coefficients (K, p) and intercepts (K,); one row for two classes is the second's, minus it the first's.
    where : ndarray of int
        For each label of the target its position among the source's, or -1.

    Returns
    -------
    (coef, intercept, None)
        One row for two labels: the second's, or half the difference of two rows. Labels the source lacks have zeros.
    """
    coef, intercept = part.coef, part.intercept
    if len(coef) == 1:
        coef, intercept = np.vstack([-coef, coef]), np.append(-intercept, intercept)
    known = where >= 0
    rows, levels = np.zeros((len(where), coef.shape[1])), np.zeros(len(where))
    rows[known], levels[known] = coef[where[known]], intercept[where[known]]
    if len(where) == 2:
        share = 1.0 / np.count_nonzero(known)
        rows, levels = share * (rows[1:] - rows[:1]), share * (levels[1:] - levels[:1])
    return rows, levels, None
