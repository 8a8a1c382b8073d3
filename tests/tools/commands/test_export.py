"""`nnlab export` from the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from grader.errors import KitError, MaterialError
from tests.tools.course.export.samples import grade, write_out
from tools.commands.export import command
from tools.course.export import SYSTEMS

GRADEBOOK = "Student,ID,Section,Lab 1 (5)\nAna,48213,s,\n"


@pytest.fixture
def out(tmp_path):
    return write_out(tmp_path / "out", [grade("ana", 17.5, ids={"user_id": "48213"})])


@pytest.fixture
def gradebook(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(GRADEBOOK)
    return path


def run(*args):
    return CliRunner().invoke(command, [str(arg) for arg in args])


def test_gradebook_is_filled_in_beside_the_reports(out, gradebook):
    result = run(out, "--to", "canvas", gradebook)
    assert result.exit_code == 0, result.output
    written = out / "exports" / "canvas.csv"
    assert written.read_text() == GRADEBOOK.replace("s,\n", "s,17.5\n")
    assert result.output == f"1 student for canvas in {written}\n"
    assert gradebook.read_text() == GRADEBOOK


def test_unwritten_students_are_listed_with_exit_code_1(out, gradebook, tmp_path):
    gradebook.write_text(GRADEBOOK.replace("48213", "1"))
    result = run(out, "--to", "canvas", gradebook, "-o", tmp_path / "o.csv")
    assert result.exit_code == 1
    assert "not written: ana: not in the file: no row has its ids (user_id)" in result.stderr
    assert "1 not written: 1 not in the file" in result.stderr


def test_report_of_an_earlier_run_is_noted(out, tmp_path):
    shutil.copytree(out / "students" / "ana", out / "students" / "gone")
    result = run(out, "--to", "csv", "-o", tmp_path / "grades.csv")
    assert result.exit_code == 0
    assert "note: gone: this report is from an earlier run and was left out" in result.output
    assert "gone" not in (tmp_path / "grades.csv").read_text()


def test_json_says_the_same_to_machines(out, gradebook, tmp_path):
    gradebook.write_text(GRADEBOOK.replace("48213", "1"))
    result = run(out, "--to", "canvas", gradebook, "-o", tmp_path / "o.csv", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (told["to"], told["written"]) == ("canvas", [])
    assert told["problems"] == [
        {
            "student": "ana",
            "kind": "not in the file",
            "reason": "no row has its ids (user_id)",
        }
    ]


@pytest.mark.parametrize("system", ["gradescope", "prairielearn"])
def test_results_files_go_into_a_folder(out, tmp_path, system):
    result = run(out, "--to", system, "-o", tmp_path / "results")
    assert result.exit_code == 0, result.output
    (path,) = (tmp_path / "results").glob("*/results.json")
    assert path.parent.name == "ana"
    assert json.loads(path.read_text())["tests"]


@pytest.mark.parametrize("system", ["csv", "junit"])
def test_single_file_goes_to_the_named_output(out, tmp_path, system):
    result = run(out, "--to", system, "-o", tmp_path / "deep" / "file")
    assert result.exit_code == 0, result.output
    assert "ana" in (tmp_path / "deep" / "file").read_text()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_feedback_is_zipped(out, tmp_path):
    result = run(out, "--to", "csv", "--feedback", "-o", tmp_path / "f.zip")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "f.zip").read_bytes()[:2] == b"PK"


def test_writing_again_gives_the_same_bytes(out, gradebook, tmp_path):
    for system in SYSTEMS.keys() - {"moodle", "blackboard", "brightspace"}:
        files = [gradebook] if system == "canvas" else []
        for name in ("one", "two"):
            assert run(out, "--to", system, *files, "-o", tmp_path / name).exit_code == 0
        one, two = (
            {p.relative_to(root): p.read_bytes() for p in [root, *root.rglob("*")] if p.is_file()}
            for root in (tmp_path / "one", tmp_path / "two")
        )
        assert one == two
        for root in (tmp_path / "one", tmp_path / "two"):
            root.rename(tmp_path / f"{system}-{root.name}")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--to", "canva", "{book}"], "Invalid value for '--to'"),
        (["--to", "canvas", "{book}", "{book}"], "Give only one FILE at a time"),
        (["--to", "junit", "{book}"], "junit takes no FILE here: book.csv would be ignored"),
        (["--to", "junit", "--feedback"], "junit takes no feedback files; --feedback knows"),
        (["--to", "canvas", "{book}", "-o", "{book}"], "is the file that you downloaded"),
        (["--to", "csv", "-o", "{out}"], "is a folder, expected a file"),
    ],
)
def test_wrong_usage_is_exit_2(out, gradebook, args, message):
    result = run(out, *(arg.format(book=gradebook, out=out) for arg in args))
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_folder_that_is_no_out_is_refused(tmp_path):
    result = run(tmp_path, "--to", "csv")
    assert isinstance(result.exception, MaterialError)


def test_place_that_cannot_be_written_is_said(out, tmp_path):
    (tmp_path / "taken").write_text("a file")
    result = run(out, "--to", "csv", "-o", tmp_path / "taken" / "grades.csv")
    assert isinstance(result.exception, KitError)
    assert "cannot be written" in str(result.exception)
