"""The command line itself: version, exit codes, lightness."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sktransfer
from sktransfer.cli import main


def exit_code(argv):
    with pytest.raises(SystemExit) as stop:
        main(argv)
    return stop.value.code


def python(*arguments):
    """What a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": str(Path(sktransfer.__file__).parents[1])}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def test_version(capsys):
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out == f"sktransfer {sktransfer.__version__}\n"


def test_python_dash_m_is_the_same_program():
    assert python("-m", "sktransfer", "--version") == f"sktransfer {sktransfer.__version__}\n"


@pytest.mark.parametrize("argv", [["nonsense"], [], ["demo", "--nonsense"]])
def test_what_cannot_be_read_exits_with_two(argv, capsys):
    assert exit_code(argv) == 2
    assert "usage: sktransfer" in capsys.readouterr().err


def test_help_names_the_commands(capsys):
    assert exit_code(["--help"]) == 0
    assert "demo" in capsys.readouterr().out


def test_reading_the_arguments_imports_nothing_heavy():
    code = """import sys, sktransfer.cli as cli
cli._parser()
print({'numpy', 'scipy', 'sklearn', 'matplotlib', 'tqdm'} & set(sys.modules))"""
    assert python("-c", code) == "set()\n"
