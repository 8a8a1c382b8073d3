"""Others at work on the same folder at the same time."""

from __future__ import annotations

import threading

import pytest

from tests.faults import work
from tests.faults.conftest import QUICK, told_in_one_sentence
from tests.faults.runs import Runner
from tests.faults.test_kills import exported, results
from tools.course.gradebook.book import Gradebook


@pytest.fixture
def other():
    """Runs beside those of `runner`."""
    with Runner() as other:
        assert other.works
        yield other


@pytest.mark.parametrize("command", ["grade", "judge", "report"])
def test_who_would_write_is_refused_while_a_class_is_graded(first_class, out, runner, command):
    before = results(out)
    arguments = {
        "grade": ("grade", first_class.folder, "-o", out, *QUICK),
        "judge": ("judge", out),
        "report": ("report", out),
    }[command]
    with Gradebook(out, write=True):  # held as long as a class is graded
        ended = runner.run("nnlab", *arguments)
    assert told_in_one_sentence(ended, "another nnlab is at work on this folder; wait for it")
    assert results(out) == before
    assert runner.run("nnlab", *arguments).code == 0


def test_who_only_reads_sees_a_class_that_is_graded(out, runner):
    with Gradebook(out, write=True):
        assert runner.run("nnlab", "judge", out, "--dry-run").code == 0
        assert runner.run("nnlab", "export", out, "--to", "csv").code == 0


def test_export_while_reports_are_written_takes_each_report_whole(out, runner, other, times):
    whole = []
    for number in range(2):
        other.run("report_again_and_again", out, number + 1)
        assert runner.run("nnlab", "export", out, "--to", "junit").code == 0
        whole.append(exported(out / "exports" / "junit.xml")[""].splitlines())
    assert whole[0] != whole[1]
    writing = threading.Thread(target=other.run, args=("report_again_and_again", out, 10 * times))
    writing.start()
    exports = 0
    while writing.is_alive() or not exports:
        ended = runner.run("nnlab", "export", out, "--to", "junit")
        if ended.code:
            assert told_in_one_sentence(ended, "another nnlab is at work on this folder"), ended
            continue
        lines = exported(out / "exports" / "junit.xml")[""].splitlines()
        # Each student's part is of one version; between two students a new one may begin.
        assert all(line in one + two for line in lines for one, two in [whole])
        exports += 1
    writing.join()
    print(f"{exports} exports while reports were written")


def test_two_exports_to_one_file_leave_it_whole(out, tmp_path, runner, other, times):
    (out / "overrides.csv").write_text(work.overrides(0))
    target = tmp_path / "grades.csv"
    command = ("nnlab", "export", out, "--to", "csv", "-o", target)
    assert runner.run(*command).code == 0
    expected, codes = target.read_bytes(), []

    def export(by):
        codes.extend(by.run(*command).code for _ in range(5 * times))

    both = [threading.Thread(target=export, args=(by,)) for by in (runner, other)]
    for one in both:
        one.start()
    while any(one.is_alive() for one in both):
        assert target.read_bytes() == expected
    assert codes == [0] * 10 * times
    assert [path.name for path in tmp_path.glob("grades*")] == ["grades.csv"]
