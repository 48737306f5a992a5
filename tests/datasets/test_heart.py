"""The bundled heart disease: equal to a slow, obvious pandas twin; no more state than it found."""

import builtins
import collections
import csv

import numpy as np
import pytest

from sktransfer.datasets import load_heart_disease

COLUMNS = "id,age,sex,dataset,cp,trestbps,chol,fbs,restecg,thalch,exang,oldpeak,slope,ca,thal,num"
FIRST = "1,63,Male,Cleveland,typical angina,145,233,TRUE,lv hypertrophy,150,FALSE,2.3"
HOSPITALS = {
    "Cleveland": (304, 139),
    "Hungary": (293, 106),
    "Switzerland": (123, 115),
    "VA Long Beach": (200, 149),
}


@pytest.fixture(scope="module")
def heart():
    return load_heart_disease()


def pandas_twin(path):
    """The encoding as one would write it in a notebook."""
    pd = pytest.importorskip("pandas")
    table = pd.read_csv(path)
    table.loc[table.chol == 0, "chol"] = np.nan
    table.loc[table.trestbps == 0, "trestbps"] = np.nan
    X = pd.DataFrame({"age": table.age.astype(float), "male": (table.sex == "Male") * 1.0})
    for value in ["asymptomatic", "non-anginal", "atypical angina"]:
        X["cp_" + value] = (table.cp == value) * 1.0
    for name in ["trestbps", "chol", "thalch", "oldpeak"]:
        X[name] = table[name].fillna(table[name].median())
        X[name + "_na"] = table[name].isna() * 1.0
    for name in ["fbs", "exang"]:
        X[name] = (table[name].astype(str).str.lower() == "true") * 1.0
        X[name + "_na"] = table[name].isna() * 1.0
    X["restecg_stt"] = (table.restecg == "st-t abnormality") * 1.0
    X["restecg_lvh"] = (table.restecg == "lv hypertrophy") * 1.0
    return X, (table.num > 0).astype(int), table.dataset


def test_equals_pandas_twin(heart):
    X, y, hospital = pandas_twin(heart.filename)
    assert heart.feature_names == list(X.columns)
    np.testing.assert_array_equal(heart.data, X.to_numpy())
    np.testing.assert_array_equal(heart.target, y)
    np.testing.assert_array_equal(heart.hospital, hospital.to_numpy(dtype=str))


def test_types_and_shapes(heart):
    assert heart.data.shape == (920, 19)
    assert heart.data.dtype == np.float64
    assert heart.target.shape == heart.hospital.shape == (920,)
    assert heart.target.dtype.kind == "i"
    assert heart.hospital.dtype.kind == "U"
    assert np.isfinite(heart.data).all()
    assert heart.target_names.tolist() == ["no disease", "disease"]
    assert heart.hospital_names.tolist() == sorted(HOSPITALS)
    assert heart.frame is None


def test_hospitals(heart):
    for name, (rows, diseased) in HOSPITALS.items():
        at = heart.hospital == name
        assert (at.sum(), heart.target[at].sum()) == (rows, diseased)
        assert f"| {name} | {rows} | {diseased} |" in heart.DESCR


def test_bundled_file_has_the_original_columns_and_rows_in_order(heart):
    with open(heart.filename, newline="") as file:
        header, *rows = csv.reader(file)
    assert ",".join(header) == COLUMNS
    assert [row[0] for row in rows] == [str(number) for number in range(1, 921)]
    counts = collections.Counter(row[3] for row in rows)
    assert counts == {name: rows for name, (rows, _) in HOSPITALS.items()}
    assert ",".join(rows[0]).startswith(FIRST)


def test_description_attributes(heart):
    for needed in ("CC BY 4.0", "10.24432/C52P4X", "Janosi", "Steinbrunn", "Pfisterer", "Detrano", "changed"):
        assert needed in heart.DESCR


def test_return_X_y(heart):
    X, y = load_heart_disease(return_X_y=True)
    np.testing.assert_array_equal(X, heart.data)
    np.testing.assert_array_equal(y, heart.target)


def test_as_frame(heart):
    pd = pytest.importorskip("pandas")
    framed = load_heart_disease(as_frame=True)
    assert isinstance(framed.data, pd.DataFrame)
    assert list(framed.frame.columns) == [*heart.feature_names, "target", "hospital"]
    np.testing.assert_array_equal(framed.data.to_numpy(), heart.data)
    np.testing.assert_array_equal(framed.target.to_numpy(), heart.target)
    np.testing.assert_array_equal(framed.hospital.to_numpy(dtype=str), heart.hospital)
    X, y = load_heart_disease(as_frame=True, return_X_y=True)
    pd.testing.assert_frame_equal(X, framed.data)
    pd.testing.assert_series_equal(y, framed.target)


def test_as_frame_without_pandas_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without_pandas(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError("No module named 'pandas'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(ImportError, match="pip install pandas"):
        load_heart_disease(as_frame=True)


def test_every_call_returns_fresh_arrays(heart):
    again = load_heart_disease()
    again.data[:] = 0.0
    again.hospital[:] = "x"
    assert heart.data.any()
    assert load_heart_disease().data.any()


def test_arguments_are_keyword_only():
    with pytest.raises(TypeError):
        load_heart_disease(True)
