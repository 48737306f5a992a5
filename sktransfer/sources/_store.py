"""One ``.npz`` file for a Source: arrays beside a JSON header, no pickle.

The header holds ``format``, ``version``, the plain fields and the list of arrays; every array is read with
``allow_pickle=False``, checked for its dtype, and goes through the constructor. Statistics are arrays named
``statistics.*`` beside plain fields of their own; files without them are of version 1, with them of version 2.
"""

import json
import zipfile
import zlib

import numpy as np

from sktransfer.sources._alignment import Alignment
from sktransfer.sources._curvature_statistics import CurvatureStatistics
from sktransfer.sources._moment_statistics import MomentStatistics
from sktransfer.sources._source import Source, changed, make_source

FORMAT, VERSION = "sktransfer.Source", 2
_ARRAYS = {"coef": "f", "intercept": "f", "precision": "f", "classes": "biufU", "units": "f"}
_KINDS = {kind.kind: kind for kind in (MomentStatistics, CurvatureStatistics)}
_PREFIX = "statistics."
_OF_KIND = {
    "moments": {"mean", "scatter"},
    "curvature": {"theta", "gradient", "hessian"},
}
_PLAIN = ("n_samples", "name", "link", "is_null")
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, NotImplementedError)


def save(source, path):
    """Write ``source`` to ``path``, exactly there (no suffix is added)."""
    arrays = {name: getattr(source, name) for name in _ARRAYS if getattr(source, name) is not None}
    header = {name: getattr(source, name) for name in _PLAIN}
    header |= {"format": FORMAT, "version": 1, "arrays": sorted(arrays)}
    header["feature_names"] = None if source.feature_names is None else list(source.feature_names)
    header["alignment"] = None if source.alignment is None else _plain_alignment(source.alignment)
    if source.statistics is not None:
        header["statistics"], sums = source.statistics.stored()
        header |= {"version": VERSION, "statistics_arrays": sorted(sums)}
        arrays |= {_PREFIX + name: array for name, array in sums.items()}
    encoded = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    with open(path, "wb") as file:
        np.savez(file, header=encoded, **arrays)


def load(path):
    """Read a Source from ``path``; see :meth:`Source.load`."""
    with open(path, "rb") as file:
        try:
            stored = np.load(file, allow_pickle=False)
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        if not isinstance(stored, np.lib.npyio.NpzFile):
            raise ValueError(f"{path} holds one plain array, not a Source. Give a file written by Source.save.")
        with stored:
            return _read(stored, path)


def _read(stored, path):
    header = _read_header(stored, path)
    fields = {name: _read_array(stored, name, path) for name in header["arrays"]}
    try:
        alignment = header["alignment"]
        source = Source(
            **fields,
            feature_names=header["feature_names"],
            **{name: header[name] for name in _PLAIN if name != "is_null"},
        )
        if alignment is None and not header["is_null"]:
            return _with_statistics(source, header, stored, path) if "statistics" in header else source
        parts = {name: getattr(source, name) for name in (*_ARRAYS, "feature_names", *_PLAIN)}
        parts |= {"is_null": bool(header["is_null"]), "link": header["link"]}
        return make_source(**parts, alignment=None if alignment is None else _check_alignment(source, alignment))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _with_statistics(source, header, stored, path):
    """The source with the statistics beside it."""
    plain, names = header["statistics"], header["statistics_arrays"]
    wanted = _OF_KIND[plain["kind"]] if isinstance(plain, dict) else set()
    if not wanted or not isinstance(names, list) or not wanted <= set(map(str, names)) <= wanted | {"penalty", "pull"}:
        raise ValueError(f"its header lists the statistics {names!r}")
    sums = {name: _read_array(stored, _PREFIX + name, path, "f") for name in names}
    statistics = _KINDS[plain["kind"]].restored(plain, sums)
    if statistics.shape != (source.n_outputs, source.n_features):
        raise ValueError(f"its statistics are of {statistics.shape} coefficients")
    if (source.classes is None) != (statistics.family.link != "logit") or statistics.family.link != source.link:
        raise ValueError(f"its statistics are of {statistics.family}, the source is not")
    if statistics.penalty is not None and len(statistics.penalty.pull) != source.coef.size + source.n_outputs:
        raise ValueError("the penalty of its statistics is of another number of coefficients")
    return changed(source, statistics=statistics)


def _read_header(stored, path):
    if "header" not in stored:
        raise ValueError(f"{path} has no header, so it is not a Source. Give a file written by Source.save.")
    try:
        encoded = stored["header"]
        header = json.loads(encoded.astype(np.uint8, casting="equiv").tobytes().decode())
        kind, version = header["format"], header["version"]
    except (*_DAMAGE, TypeError) as error:
        raise _damaged(path, error) from error
    if kind != FORMAT:
        raise ValueError(f"{path} is of format {kind!r}, not {FORMAT!r}. Give a file written by Source.save.")
    if version not in (1, VERSION):
        raise ValueError(
            f"{path} is of version {version!r}, and this sktransfer reads versions 1 and {VERSION}. "
            "Install the sktransfer that wrote it, or a newer one."
        )
    names = header.get("arrays")
    if not isinstance(names, list) or not {"coef", "intercept"} <= set(map(str, names)) <= set(_ARRAYS):
        raise _damaged(path, f"its header lists the arrays {names!r}")
    return header


def _read_array(stored, name, path, kinds=None):
    if name not in stored:
        raise ValueError(f"{path} lacks the array {name!r} that its header lists: the file is incomplete.")
    try:
        array = stored[name]
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    if array.dtype.kind not in (_ARRAYS[name] if kinds is None else kinds):
        raise _damaged(path, f"{name} has dtype {array.dtype}")
    return array


def _plain_alignment(alignment):
    names = Alignment.__dataclass_fields__
    return {name: np.asarray(getattr(alignment, name), dtype=object).tolist() for name in names}


def _check_alignment(source, plain):
    alignment = Alignment(**plain)
    n_classes = source.n_outputs if source.classes is None else len(source.classes)
    shapes = alignment.known_features.shape, alignment.known_classes.shape
    if shapes != ((source.n_features,), (n_classes,)):
        raise ValueError(f"its alignment has shapes {shapes}")
    return alignment


def _damaged(path, reason):
    return ValueError(f"{path} is damaged or not a Source: {reason}. Write it again with Source.save.")
