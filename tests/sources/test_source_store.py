"""save and load: a round trip, and a clear error for every kind of damage."""

import io
import json
import zipfile

import numpy as np
import pytest

from sktransfer.sources import Source, resolve


def write(path, header=None, drop=(), **arrays):
    """A stored source with parts replaced."""
    source = Source([[1.0, 2.0]], [3.0], precision=np.eye(3), classes=[0, 1], feature_names=["a", "b"])
    source.save(path)
    with np.load(path) as stored:
        parts = {name: stored[name] for name in stored}
    plain = json.loads(parts["header"].tobytes().decode()) | (header or {})
    parts["header"] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    parts = {name: part for name, part in (parts | arrays).items() if name not in drop}
    with open(path, "wb") as file:
        np.savez(file, **parts)
    return path


@pytest.mark.parametrize(
    "classes", [[3, 1, 2], ["ä", "b", "cc"], [0.5, 1.5, -2.0], np.array([1, 2, 3], dtype=np.uint8)]
)
def test_round_trip_with_labels_of_every_kind(tmp_path, classes):
    source = Source(
        np.arange(6.0).reshape(3, 2),
        [1.0, 2.0, 3.0],
        precision=np.eye(9),
        classes=classes,
        feature_names=["Größe", "b"],
        n_samples=1.5,
        name="å",
    )
    source.save(tmp_path / "source.npz")
    back = Source.load(tmp_path / "source.npz")
    assert back == source
    assert back.classes.dtype == source.classes.dtype


@pytest.mark.parametrize(
    "source",
    [
        Source([1.0]),
        Source([[1.0, 2.0]], [1.0], link="log"),
        Source([1.0], classes=[False, True]),
        Source([1.0, 2.0], classes=["a", "b"], feature_names=["x", "y"], precision=np.eye(3)).align(
            n_features=2, feature_names=["y", "z"], classes=["b", "c", "d"]
        ),
        Source([1.0, 2.0]).align(n_features=2),
        resolve(None).align(n_features=3, classes=[0, 1]),
        resolve(None).align(n_features=3, feature_names=["a", "b", "c"], n_outputs=2),
    ],
)
def test_round_trip(tmp_path, source):
    path = str(tmp_path / "without_suffix")
    source.save(path)
    back = Source.load(path)
    assert back == source
    assert back.is_null == source.is_null
    assert back.coef.shape == source.coef.shape


def test_no_file_is_told_as_such(tmp_path):
    with pytest.raises(FileNotFoundError):
        Source.load(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"version": 3}}, "of version 3, and this sktransfer reads versions 1 and 2"),
        ({"header": {"version": "1"}}, "of version '1'"),
        ({"header": {"format": "other"}}, "of format 'other'"),
        ({"header": {"arrays": ["coef"]}}, "lists the arrays"),
        ({"header": {"arrays": ["coef", "intercept", "evil"]}}, "lists the arrays"),
        ({"header": {"arrays": 3}}, "lists the arrays"),
        ({"header": {"feature_names": ["a"]}}, "damaged.*one name per feature"),
        ({"header": {"link": "probit"}}, "damaged.*link must be"),
        ({"header": {"alignment": {"nonsense": 1}}}, "damaged"),
        ({"drop": ["header"]}, "has no header"),
        ({"drop": ["coef"]}, "lacks the array 'coef'"),
        ({"drop": ["precision"]}, "lacks the array 'precision'"),
        ({"coef": np.array([[1.0, np.nan]])}, "damaged.*coef must be finite"),
        ({"coef": np.ones((2, 2, 2))}, "damaged.*coef must have shape"),
        ({"coef": np.array([["1", "2"]])}, "damaged.*coef has dtype"),
        ({"coef": np.array([[1.0, None]], dtype=object)}, "damaged"),
        ({"precision": np.eye(4)}, "damaged.*precision must have shape"),
        ({"precision": -np.eye(3)}, "damaged.*semidefinite"),
        ({"classes": np.array([0, 0])}, "damaged.*unique"),
        ({"header": {}, "drop": [], "header_": 0}, None),
    ],
)
def test_damage_is_told(tmp_path, changes, message):
    path = write(tmp_path / "source.npz", **changes)
    if message is None:  # an array that the header does not list is never read
        assert Source.load(path).n_features == 2
        return
    with pytest.raises(ValueError, match=message):
        Source.load(path)


def test_an_alignment_of_another_shape_is_damage(tmp_path):
    source = Source([1.0, 2.0]).align(n_features=2)
    source.save(tmp_path / "source.npz")
    with np.load(tmp_path / "source.npz") as stored:
        plain = json.loads(stored["header"].tobytes().decode())["alignment"] | {"known_features": [True]}
    with pytest.raises(ValueError, match="its alignment has shapes"):
        Source.load(write(tmp_path / "source.npz", header={"alignment": plain}))


@pytest.mark.parametrize("header", [b"not json", b"[]", b"{}", b"\xff\xfe"])
def test_a_broken_header(tmp_path, header):
    path = write(tmp_path / "source.npz")
    with np.load(path) as stored:
        parts = {name: stored[name] for name in stored}
    parts["header"] = np.frombuffer(header, dtype=np.uint8)
    with open(path, "wb") as file:
        np.savez(file, **parts)
    with pytest.raises(ValueError, match="damaged"):
        Source.load(path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 broken", b"\x80\x04N."])
def test_other_files(tmp_path, content):
    path = tmp_path / "source.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged or not a Source"):
        Source.load(path)


def test_one_plain_array(tmp_path):
    np.save(tmp_path / "array.npy", np.ones(3))
    with pytest.raises(ValueError, match="one plain array"):
        Source.load(tmp_path / "array.npy")


def test_truncated_and_flipped_files(tmp_path):
    path = write(tmp_path / "source.npz")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="damaged"):
        Source.load(path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("coef.npy").header_offset
    at = content.index(np.float64(2.0).tobytes(), start)
    path.write_bytes(content[:at] + b"\x01" + content[at + 1 :])
    with pytest.raises(ValueError, match="damaged"):
        Source.load(path)
