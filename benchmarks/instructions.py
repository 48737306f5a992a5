"""``python -m benchmarks.instructions``: instructions per kernel, by valgrind's callgrind; they do not depend on load.

One process runs all kernels under callgrind on small fixed inputs, with one thread. Counters are set to zero when a
compiled function is entered and dumped when it is left, BLAS included; the second call of each kernel is what is
reported. (Where a kernel takes several types, Cython chooses one in a function of its own, which is left out.)
"""

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.kernel_calls import CALLS_EACH, known_kernels, unknown_kernels
from benchmarks.machine import machine_info

COLUMNS = ("kernel", "instructions")
PLAIN, TYPED = "__pyx_pw_10sktransfer_8_kernels_*", "__pyx_fuse_*"  # names that Cython gives
SINGLE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(arguments=None):
    """Count; print; write a CSV.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        1 if valgrind failed, else 0; also where there is no valgrind, which is said.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--kernel", nargs="+", choices=known_kernels(), help="only these; all by default")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    options = parser.parse_args(arguments)
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed, so instructions cannot be counted")
        return 0
    if unknown := unknown_kernels():
        print(f"kernels that no call is written for: {', '.join(unknown)}")
    try:
        counts = count(options.kernel or known_kernels())
    except RuntimeError as error:
        print(error)
        return 1
    for kernel, instructions in counts.items():
        print(f"{kernel:32}{instructions:15,}")
    if options.output is not None:
        _write(options.output, counts)
    return 0


def count(kernels):
    """Instructions of one call of each kernel.

    Parameters
    ----------
    kernels : list of str
        Keys of ``kernel_calls.CALLS``.

    Returns
    -------
    dict of str to int

    Raises
    ------
    RuntimeError
        If valgrind failed or left out a count.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        command += [f"--{what}={names}" for what in ("zero-before", "dump-after") for names in (PLAIN, TYPED)]
        command += [sys.executable, "-m", "benchmarks.kernel_calls", *kernels]
        environment = {**os.environ, **SINGLE, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        dumps = [_read(path) for path in sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))]
    totals = _kernel_totals([dump for dump in dumps if dump is not None])
    if done.returncode or len(totals) != CALLS_EACH * len(kernels):
        told = done.stderr[-2000:]
        raise RuntimeError(f"valgrind gave {len(totals)} of {CALLS_EACH * len(kernels)} counts: {told}")
    return dict(zip(kernels, totals[CALLS_EACH - 1 :: CALLS_EACH], strict=True))


def _read(path):
    """(name of the function that was left, instructions) of one dump; None for the one at the end of the process."""
    text = path.read_text()
    left = re.search(r"^desc: Trigger: --dump-after=(\S+)", text, re.MULTILINE)
    total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
    return (left.group(1), int(total.group(1))) if left and total else None


def _kernel_totals(dumps):
    """Instructions of the dumps, those left out that only chose a type."""
    typed = {_plain(name) for name, _ in dumps if name.startswith("__pyx_fuse_")}
    return [total for name, total in dumps if name.startswith("__pyx_fuse_") or _plain(name) not in typed]


def _plain(name):
    """``fused_visit`` of ``__pyx_fuse_1__pyx_pw_10sktransfer_8_kernels_6_fused_9fused_visit``."""
    return re.sub(r"^.*_\d+(?=[a-z])", "", name)


def _write(path, counts):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(counts.items())
    path.with_suffix(".json").write_text(json.dumps(machine_info(), indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
