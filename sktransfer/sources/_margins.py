"""One-vs-rest rows by label: scores that are +1 where a row is of the class and -1 where it is not.

Unlike log-odds they are not differences between classes: a row of coefficients means the same whatever the others are,
and so does what is known of it.
"""

import numpy as np

from sktransfer.sources._precision import embed, indices


def convert_margins(part, where):
    """Rows of a source of margins or signs for a target's labels.

    Parameters
    ----------
    part : Part
        Coefficients (K, p) and intercepts (K,); one row for two classes is the second's, minus it the first's.
    where : ndarray of int
        For each label of the target its position among the source's, or -1.

    Returns
    -------
    (coef, intercept, precision)
        One row for two labels: the second's, or half the difference of two rows. Labels the source lacks have zeros.
    """
    coef, intercept, blocks = part.coef, part.intercept, _blocks(part)
    if len(coef) == 1:
        coef, intercept, blocks = np.vstack([-coef, coef]), np.append(-intercept, intercept), blocks * 2
    known = where >= 0
    rows, levels = np.zeros((len(where), coef.shape[1])), np.zeros(len(where))
    rows[known], levels[known] = coef[where[known]], intercept[where[known]]
    blocks = [blocks[k] for k in where[known]] if blocks else []
    if len(where) == 2:
        share = 1.0 / np.count_nonzero(known)
        rows, levels = share * (rows[1:] - rows[:1]), share * (levels[1:] - levels[:1])
        blocks, known = blocks and [share * sum(blocks)], np.array([True])
    return rows, levels, _join(blocks, rows.shape, np.flatnonzero(known)) if blocks else None


def _blocks(part):
    """Each row's precision over its [slopes; intercept]; an empty list where none is known."""
    n_rows, p = part.coef.shape
    if part.precision is None:
        return []
    own = (indices(n_rows, p, [k], range(p)) for k in range(n_rows))
    return [part.precision[np.ix_(at, at)] for at in own]


def _join(blocks, shape, rows):
    """One precision over all rows; rows of which nothing is known have zeros."""
    embedded = (embed(block, *shape, [row], range(shape[1])) for row, block in zip(rows, blocks, strict=True))
    return sum(embedded)
