"""The child of the memory measurement: fit transfer components to ROWS rows, print the peak resident size, JSON."""

import json
import sys

from threadpoolctl import threadpool_limits

from benchmarks.paths._peak import _peak, _resident
from benchmarks.representation._data import domains
from benchmarks.representation._methods import ours_components
from benchmarks.timing import time_once


def main(n_rows, n_features, threads):
    """Parameters are texts of the command line."""
    X_source, X = domains(int(n_rows) - 1000, 1000, int(n_features))
    before = _resident()
    with threadpool_limits(int(threads)):
        _, seconds = time_once(lambda: ours_components(X_source, X))
    print(json.dumps({"seconds": seconds, "peak_mb": _peak() / 2**20, "before_mb": before / 2**20}))


if __name__ == "__main__":
    main(*sys.argv[1:])
