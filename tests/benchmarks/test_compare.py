"""Two revisions: ratios, and a case of ours that was lost makes the comparison fail."""

import pytest

from benchmarks import compare, paths
from benchmarks.table import COLUMNS, write_table

ROW = {
    "problem": "logistic_dense",
    "n_samples": 60,
    "n_features": 5,
    "source": "none",
    "tol": 1e-7,
    "competitor": "ours",
    "seconds": 2.0,
    "ratio_to_unit": 3.0,
    "met": True,
}
OTHERS = [{**ROW, "source": "source"}, {**ROW, "source": "source", "competitor": "ours_precision"}]
PEER = {**ROW, "competitor": "sklearn_lbfgs", "seconds": 8.0, "ratio_to_unit": 12.0}


def write(path, rows, columns=COLUMNS):
    write_table(path, rows, {}, columns)
    return str(path)


@pytest.fixture
def before(tmp_path):
    return write(tmp_path / "before.csv", [ROW, *OTHERS, PEER])


def test_a_file_against_itself_loses_nothing(before, capsys):
    table = compare.read(before)
    assert [(seconds, ratios) for _, seconds, ratios in compare.compare(table, table)] == [(1.0, 1.0)] * 4
    assert compare.main([before, before]) == 0
    assert "0 cases of ours lost; 0 lines stand in one file only" in capsys.readouterr().out


def test_ratios_are_of_the_second_to_the_first(before, tmp_path):
    faster = {**ROW, "seconds": 1.0, "ratio_to_unit": 1.5}
    after = compare.read(write(tmp_path / "after.csv", [faster, PEER]))
    assert [found[1:] for found in compare.compare(compare.read(before), after)] == [(0.5, 0.5), (1.0, 1.0)]
    assert [found[1:] for found in compare.compare(compare.read(before), after, only_ours=True)] == [(0.5, 0.5)]


LOST = {
    "it is not in B": [],
    "its certificate was met in A and is not in B": [{**OTHERS[1], "met": False}],
    "it was not timed in B": [{**OTHERS[1], "seconds": None}],
}


@pytest.mark.parametrize("reason", LOST)
def test_a_lost_case_of_ours_fails(before, tmp_path, capsys, reason):
    after = write(tmp_path / "after.csv", [ROW, OTHERS[0], *LOST[reason], PEER])
    assert compare.main([before, after]) == 1
    assert f"LOST logistic_dense 60 5 source 1e-07 ours_precision: {reason}" in capsys.readouterr().out


def test_what_failed_before_may_fail_again(tmp_path):
    path = write(tmp_path / "failed.csv", [{**ROW, "met": False}])
    assert compare.main([path, path]) == 0


def test_a_lost_peer_does_not_fail(before, tmp_path):
    after = write(tmp_path / "after.csv", [ROW, *OTHERS, {**PEER, "met": False, "seconds": None}])
    assert compare.main([before, after]) == 0


def test_files_of_paths_compare_too(tmp_path):
    row = {"path": "small_fits", "case": "binomial", "n_samples": 30, "n_features": 4, "subject": "ours, Source"}
    row |= {"seconds": 1.0, "reference": "LogisticRegression.fit", "ratio": 0.5, "met": True}
    one = write(tmp_path / "one.csv", [row], paths.COLUMNS)
    none = write(tmp_path / "none.csv", [], paths.COLUMNS)
    assert compare.main([one, one]) == 0
    assert compare.main([one, none]) == 1


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv is no result file"):
        compare.read(path)
