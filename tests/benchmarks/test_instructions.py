"""Instruction counts: every kernel is known and called rightly; what valgrind writes is read rightly."""

import shutil

import numpy as np
import pytest

from benchmarks import instructions, kernel_calls
from benchmarks.kernel_calls import CALLS, known_kernels, unknown_kernels
from sktransfer import _kernels


@pytest.mark.parametrize("kernel", known_kernels())
def test_a_call_writes_or_returns_numbers(kernel):
    result = CALLS[kernel](_kernels, kernel_calls._inputs())
    for part in result if isinstance(result, tuple) else (result,):
        assert part is None or np.all(np.isfinite(part))


def test_a_new_kernel_is_told(monkeypatch):
    assert "binomial_value" in known_kernels()
    monkeypatch.delitem(CALLS, "binomial_value")
    assert "binomial_value" in unknown_kernels()


def test_a_kernel_that_is_gone_is_not_called(monkeypatch):
    monkeypatch.setattr(_kernels, "__all__", ["gather"])
    assert known_kernels() == ["gather"]


def test_dumps_are_read_and_choices_of_a_type_left_out(tmp_path):
    def dump(name, total):
        path = tmp_path / "out.1"
        path.write_text(f"desc: Trigger: --dump-after={name}\n\nevents: Ir\nsummary: {total}\n\ntotals: {total}\n")
        return instructions._read(path)

    prefix = "__pyx_pw_10sktransfer_8_kernels_"
    dumps = [
        dump(f"{prefix}10_pointwise_1binomial_value", 10),
        dump(f"{prefix}6_fused_3dense_sandwich", 20),
        dump(f"__pyx_fuse_1{prefix}6_fused_15dense_sandwich", 30),
    ]
    assert instructions._kernel_totals(dumps) == [10, 30]
    end = tmp_path / "out"
    end.write_text("desc: Trigger: Program termination\nsummary: 5\n")
    assert instructions._read(end) is None


def test_missing_valgrind_is_said(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert instructions.main([]) == 0
    assert capsys.readouterr().out.startswith("skipped: valgrind is not installed")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_counts_repeat_and_follow_the_work(tmp_path, capsys):
    output = tmp_path / "instructions.csv"
    kernels = ["binomial_value", "binomial_gradient"]
    assert instructions.main(["--kernel", *kernels, "--output", str(output)]) == 0
    lines = dict(line.split(",") for line in output.read_text().splitlines())
    assert lines.pop("kernel") == "instructions"
    counts = {kernel: int(count) for kernel, count in lines.items()}
    assert list(counts) == kernels
    assert counts["binomial_gradient"] > counts["binomial_value"] > kernel_calls.ROWS
