"""Kill -9 at any moment: what was there is whole, and the next run ends like an undisturbed one."""

from __future__ import annotations

import json
import pickle
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.errors import KitError
from grader.two_layer_net import LAB
from tests.faults import work
from tests.faults.conftest import GRADED, QUICK
from tests.faults.runs import Killer, files_in
from tools.course.batch.observing import Grader
from tools.course.batch.settings import make_settings
from tools.course.collect.collecting import collect
from tools.course.gradebook.book import Gradebook
from tools.release import places_in


def test_release_is_the_old_one_or_the_new_one(tmp_path, runner, times):
    whole_s = runner.run("put_release", tmp_path, "new").wall_s
    killer = Killer(runner, whole_s)
    for number in range(10 * times):
        version = ("old", "new")[number % 2]
        ended = killer.run("put_release", tmp_path, version)
        assert ended.code in (0, -9), ended.printed
        tree, zip_ = version_in(tmp_path)
        assert ended.code or tree == zip_ == version
        assert runner.run("put_release", tmp_path, version).code == 0
        assert version_in(tmp_path) == (version, version)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["assignment", "dist"]
    print(f"release: {killer.killed} kills")
    assert killer.killed


def version_in(out: Path) -> tuple[str, str]:
    """Which version tree and zip are; both are whole, or this fails."""
    placed = places_in(out)
    versions = {
        part: next(version for version in ("old", "new") if found == expected(version))
        for part, found, expected in (
            ("tree", files_in(placed.tree), work.release_files),
            ("zip", placed.zip.read_bytes(), work.release_zip),
        )
    }
    return versions["tree"], versions["zip"]


def test_release_of_the_lab_is_put_in_place_whole_or_not_at_all(tmp_path, runner, times):
    """Most of its time goes into the proof, before anything is touched."""
    calm = tmp_path / "calm"
    whole = runner.run("nnlab", "release", "--out", calm, "--quiet")
    assert whole.code == 0, whole.printed
    out = tmp_path / "out"
    killer = Killer(runner, whole.wall_s)
    for _ in range(times):
        killer.run("nnlab", "release", "--out", out, "--quiet")
        assert not out.exists() or whole_or_nothing(files_in(out), files_in(calm))
    assert runner.run("nnlab", "release", "--out", out, "--quiet").code == 0
    assert files_in(out) == files_in(calm)
    print(f"release of the lab: {killer.killed} kills")


def whole_or_nothing(found: dict[str, bytes], expected: dict[str, bytes]) -> bool:
    """Whether a tree has no file or all, and the zip likewise; what is being made lies hidden."""
    seen = {name: content for name, content in found.items() if not name.startswith(".")}
    parts = [{name for name in expected if name.startswith(part)} for part in ("assign", "dist")]
    return all(expected[name] == content for name, content in seen.items()) and all(
        not part & seen.keys() or part <= seen.keys() for part in parts
    )


def test_gradebook_holds_whole_students_or_none(tmp_path, first_class, runner, times):
    with Grader(make_settings(data="none")) as grader:
        graded = grader.grade(collect([first_class.folder / "ada"]).entries[0])
    (tmp_path / "graded").write_bytes(pickle.dumps(graded))
    out = first_copy(first_class.out, tmp_path / "out")
    killer = Killer(runner, 0.3)
    for _ in range(5 * times):
        killer.run("save_for_ever", out, tmp_path / "graded")
        check_gradebook(out)
        with Gradebook(out, write=True) as book:
            assert book.students() == sorted(work.STUDENTS)
            for student in work.STUDENTS:
                version = book.submission(student).source
                verdicts = book.verdicts(student)
                seen = book.observations(student).by_question.values()
                if version.startswith("version"):
                    assert {verdict.message for verdict in verdicts} == {version}
                    assert {each.error for each in seen} == {version}
                assert len(verdicts) == len(graded.verdicts)
                assert len(seen) == len(graded.observations)
    print(f"gradebook: {killer.killed} kills")
    assert killer.killed == 5 * times


def test_class_is_graded_as_if_nothing_had_happened(tmp_path, first_class, runner, times):
    calm = rows_in(first_class.out)
    out = tmp_path / "out"
    command = ("grade", first_class.folder, "-o", out, *QUICK)
    killer = Killer(runner, first_class.wall_s)
    for _ in range(3 * times):
        if killer.run("nnlab", *command).code == GRADED:
            assert reports(out) == reports(first_class.out)
            out.rename(tmp_path / f"whole{killer.killed}-{len(list(tmp_path.iterdir()))}")
        check_gradebook(out)
        assert rows_in(out).items() <= calm.items()
    assert runner.run("nnlab", *command).code == GRADED
    assert reports(out) == reports(first_class.out)
    print(f"grade: {killer.killed} kills")


def test_judging_is_all_or_nothing(out, dearer, tmp_path, runner, times):
    usual = Path(shutil.copy(LAB.rubric_path, tmp_path / "usual.toml"))
    commands = {"dear": ["--rubric", dearer], "usual": ["--rubric", usual]}
    expected, rows = {}, {}
    for name, options in commands.items():
        ended = runner.run("nnlab", "judge", out, *options, "--quiet", "--jobs", 1)
        assert ended.code == 0, ended.printed
        expected[name], rows[name] = results(out), rows_in(out)
    assert expected["dear"] != expected["usual"]
    killer = Killer(runner, ended.wall_s)
    for number in range(4 * times):
        name = ("dear", "usual")[number % 2]
        command = ("nnlab", "judge", out, *commands[name], "--quiet", "--jobs", 1)
        killer.run(*command)
        check_gradebook(out)
        assert rows_in(out) in rows.values()
        check_each_is_old_or_new(results(out), *expected.values())
        assert runner.run(*command).code == 0
        assert results(out) == expected[name]
    print(f"judge: {killer.killed} kills")
    assert killer.killed


def test_reports_are_the_old_ones_or_the_new_ones(out, runner, times):
    expected = []
    for number in range(2):
        (out / "overrides.csv").write_text(work.overrides(number))
        ended = runner.run("nnlab", "report", out, "--quiet")
        assert ended.code == 0, ended.printed
        expected.append(results(out))
    killer = Killer(runner, ended.wall_s)
    for number in range(4 * times):
        (out / "overrides.csv").write_text(work.overrides(number))
        killer.run("nnlab", "report", out, "--quiet")
        check_each_is_old_or_new(results(out), *expected)
        assert runner.run("nnlab", "report", out, "--quiet").code == 0
        assert results(out) == expected[number % 2]
    print(f"report: {killer.killed} kills")
    assert killer.killed


@pytest.mark.parametrize("system", ["csv", "gradescope"])
def test_export_is_absent_or_old_or_new(out, tmp_path, runner, times, system):
    target = tmp_path / "exported"
    command = ("nnlab", "export", out, "--to", system, "-o", target)
    expected = []
    for number in range(2):
        (out / "overrides.csv").write_text(work.overrides(number))
        runner.run("nnlab", "report", out, "--quiet")
        ended = runner.run(*command)
        assert ended.code == 0, ended.printed
        expected.append(exported(target))
    assert expected[0] != expected[1]
    killer = Killer(runner, ended.wall_s)
    for number in range(3 * times):
        (out / "overrides.csv").write_text(work.overrides(number))
        runner.run("nnlab", "report", out, "--quiet")
        killer.run(*command)
        check_each_is_old_or_new(exported(target), *expected)
        assert runner.run(*command).code == 0
        assert exported(target) == expected[number % 2]
    print(f"export: {killer.killed} kills")


def check_gradebook(out: Path) -> None:
    """SQLite finds nothing broken, and no row without its student."""
    if (out / "gradebook.sqlite").exists():
        with closing(sqlite3.connect(out / "gradebook.sqlite")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def rows_in(out: Path) -> dict[str, Any]:
    """What is stored of each student, by student."""
    try:
        with Gradebook(out, write=False) as book:
            return {
                student: (
                    book.verdicts(student),
                    book.submission(student).judged_by,
                    book.content(student),
                )
                for student in book.students()
            }
    except KitError:  # killed before there was one
        return {}


def reports(out: Path) -> dict[str, Any]:
    """All reports without what differs from run to run."""
    found = {}
    for path in out.glob("students/*/report.json"):
        found[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
        del found[path.parent.name]["measured"]
    return found


def results(out: Path) -> dict[str, bytes]:
    """Every file that people read, but the list of what the last judging moved."""
    others = ("moved.csv", "overrides.csv")
    found = files_in(out).items()
    return {name: content for name, content in found if name not in others and name[-4:] != ".new"}


def exported(target: Path) -> dict[str, bytes]:
    """The file, or the files of a folder."""
    if target.is_file():
        return {"": target.read_bytes()}
    found = files_in(target).items() if target.is_dir() else ()
    return {name: content for name, content in found if name[-4:] != ".new"}


def check_each_is_old_or_new(found: dict[str, bytes], *versions: dict[str, bytes]) -> None:
    """No file is half of something."""
    for name, content in found.items():
        assert content in [version.get(name) for version in versions], name


def first_copy(source: Path, target: Path) -> Path:
    """The gradebook of a folder in a new one."""
    target.mkdir()
    (target / "gradebook.sqlite").write_bytes((source / "gradebook.sqlite").read_bytes())
    return target
