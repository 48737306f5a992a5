"""The bundled real problem: heart disease in four hospitals.

The file holds the original columns as text; `_encode` turns them into numbers. Each feature is one line of
`_encode`, so that the list can be read next to the table in ``data/heart_disease.md``.
"""

import csv
from importlib import resources

import numpy as np
from sklearn.utils import Bunch

MISSING = ""


def load_heart_disease(*, return_X_y=False, as_frame=False):
    """Load the heart disease of 920 patients in four hospitals (binary classification).

    A natural transfer problem: the hospitals measured the same things on different people. One hospital is
    the target, the others are the source.

    =================   ==============================================================
    Patients            920: Cleveland 304, Hungary 293, Switzerland 123, VA Long Beach 200
    Features            19, numeric, no missing values
    Classes             0 (no disease, 411 patients), 1 (disease, 509 patients)
    =================   ==============================================================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, ``data`` is a pandas DataFrame, ``target`` and ``hospital`` are pandas Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (920, 19), float64, or DataFrame
            The features in their natural units (years, mm Hg, mg/dl, beats a minute, mm); indicators are
            0 or 1. Missing values are the median over all rows; ``<feature>_na`` says where.
        target : ndarray of shape (920,), int, or Series
            1 where angiography found a vessel narrowed by more than half.
        hospital : ndarray of shape (920,), str, or Series
            The hospital of each patient.
        feature_names : list of str, length 19
        target_names : ndarray of shape (2,), str
        hospital_names : ndarray of shape (4,), str
        frame : DataFrame of shape (920, 21) or None
            ``data``, ``target`` and ``hospital`` side by side; None unless ``as_frame``.
        DESCR : str
            Where the data come from, what the columns mean, what was changed.
        filename : str
            The path of the bundled file with the original columns.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    ImportError
        If ``as_frame`` and pandas is not installed.

    References
    ----------
    .. [1] Janosi, A., Steinbrunn, W., Pfisterer, M., & Detrano, R. (1989). Heart Disease. UCI Machine
       Learning Repository. https://doi.org/10.24432/C52P4X (CC BY 4.0).

    Examples
    --------
    >>> from sktransfer.datasets import load_heart_disease
    >>> heart = load_heart_disease()
    >>> hungary = heart.hospital == "Hungary"
    >>> heart.data[hungary].shape, heart.data[~hungary].shape
    ((293, 19), (627, 19))
    """
    folder = resources.files("sktransfer.datasets") / "data"
    columns = _read_columns(folder / "heart_disease.csv")
    features = _encode(columns)
    bunch = Bunch(
        data=np.column_stack(list(features.values())),
        target=(_numbers(columns["num"]) > 0).astype(int),
        hospital=columns["dataset"],
        frame=None,
        feature_names=list(features),
        target_names=np.array(["no disease", "disease"]),
        hospital_names=np.unique(columns["dataset"]),
        DESCR=(folder / "heart_disease.md").read_text(encoding="utf-8"),
        filename=str(folder / "heart_disease.csv"),
    )
    if as_frame:
        _frame_in_place(bunch)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _read_columns(path):
    """The columns of a CSV file with a header, as a dict of arrays of str."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: np.array(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)}


def _encode(columns):
    """The 19 features, by name, in order; each an array of shape (n_samples,), float64."""
    features = {"age": _numbers(columns["age"]), "male": _is(columns["sex"], "Male")}
    for value in ("asymptomatic", "non-anginal", "atypical angina"):
        features[f"cp_{value}"] = _is(columns["cp"], value)
    for name in ("trestbps", "chol"):
        numbers = _numbers(columns[name])
        features.update(_filled(name, np.where(numbers == 0, np.nan, numbers)))
    for name in ("thalch", "oldpeak"):
        features.update(_filled(name, _numbers(columns[name])))
    for name in ("fbs", "exang"):
        features[name] = _is(columns[name], "TRUE")
        features[f"{name}_na"] = _is(columns[name], MISSING)
    features["restecg_stt"] = _is(columns["restecg"], "st-t abnormality")
    features["restecg_lvh"] = _is(columns["restecg"], "lv hypertrophy")
    return features


def _filled(name, numbers):
    """A feature with its missing values (NaN) replaced by the median, and the indicator of where."""
    missing = np.isnan(numbers)
    return {name: np.where(missing, np.nanmedian(numbers), numbers), f"{name}_na": missing.astype(float)}


def _numbers(column):
    """Text to float64; an empty field is NaN."""
    return np.where(column == MISSING, "nan", column).astype(float)


def _is(column, value):
    """1.0 where the column says `value`, else 0.0."""
    return (column == value).astype(float)


def _frame_in_place(bunch):
    """Replace the arrays of `bunch` by pandas objects, and add the joined frame."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "load_heart_disease(as_frame=True) needs pandas, which is not installed; "
            "install it with `pip install pandas`, or leave as_frame=False."
        ) from error
    frame = pd.DataFrame(bunch.data, columns=bunch.feature_names)
    frame["target"], frame["hospital"] = bunch.target, bunch.hospital
    bunch.frame = frame
    bunch.data, bunch.target, bunch.hospital = frame[bunch.feature_names], frame["target"], frame["hospital"]
