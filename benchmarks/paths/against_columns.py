"""Time against the number of columns."""

from benchmarks.paths._data import problem as make_problem
from benchmarks.paths._growth import growth

SIZES = ((20_000, 10), (20_000, 30), (20_000, 100), (20_000, 300), (20_000, 1_000))
SMOKE = ((500, 3), (500, 9))


def against_columns(size, settings):
    """Rows of the table of paths."""
    return [row for loss in ("binomial", "squared") for row in growth(make_problem(loss, size, 1e-7), settings)]
