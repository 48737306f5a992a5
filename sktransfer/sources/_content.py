"""The slots of a Source: how they are filled once, and compared."""

import numpy as np

_DEFAULTS = {
    "precision": None,
    "classes": None,
    "feature_names": None,
    "n_samples": None,
    "name": None,
    "link": None,
    "alignment": None,
    "is_null": False,
    "members": None,
    "statistics": None,
    "units": None,
}
SLOTS = ("coef", "intercept", *_DEFAULTS)


def fill(source, **fields):
    """Set every slot; arrays become read-only views of read-only arrays, so that nobody can unlock them."""
    fields = _DEFAULTS | fields
    for slot in SLOTS:
        value = fields[slot]
        if isinstance(value, np.ndarray):
            value = value if value.base is None else value.copy()
            value.flags.writeable = False
            value = value.view()
        object.__setattr__(source, slot, value)


def key(source):
    """Content as something that can be compared and hashed; -0.0 counts as 0.0."""
    arrays = ((array.shape, (array + 0.0).tobytes()) for array in (source.coef, source.intercept))
    precision = None if source.precision is None else (source.precision + 0.0).tobytes()
    units = None if source.units is None else (source.units + 0.0).tobytes()
    classes = None if source.classes is None else tuple(source.classes.tolist())
    rest = (
        source.feature_names,
        source.n_samples,
        source.name,
        source.link,
        source.alignment,
        source.is_null,
        source.members,
        source.statistics,
    )
    return (*arrays, precision, units, classes, *rest)
