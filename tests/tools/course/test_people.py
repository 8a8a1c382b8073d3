"""Several runs into one OUT: who is who, what is held back, what is accepted, what is forgotten."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing

import pytest

from grader.errors import KitError, MaterialError
from grader.lab.reference import SOLUTIONS
from grader.submission.submission import Finding
from tests.tools.course.batch.conftest import run_nnlab
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.accept import accept
from tools.course.collect.collecting import collect
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Claim, ScoreEntry
from tools.course.gradebook.rescue import rescue
from tools.course.privacy import forget, pseudonymize
from tools.course.student import Owner, Student

SOURCE = "class TwoLayerNet: pass\n"


class Course:
    """A gradebook's students, as several downloads make them; nothing is graded."""

    def __init__(self):
        self.known = {}

    def take(self, *paths, section=None):
        """Collect once more; entries by folder."""
        found = collect(paths, known=self.known, section=section)
        for entry in found.entries:
            self.known = {
                one: own for one, own in self.known.items() if one.folder != entry.student
            }
            self.known[entry.record] = entry.owner
        return {entry.student: entry for entry in found.entries}


@pytest.fixture
def course():
    return Course()


def folder(path, *names):
    for name in names:
        (path / name / "cattern").mkdir(parents=True)
        (path / name / "cattern" / "neural_net.py").write_text(SOURCE)
    return path


def canvas(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, SOURCE)
    return path


def test_namesake_gets_a_folder_of_their_own(course, tmp_path):
    course.take(canvas(tmp_path / "a.zip", "lee_111_9_net.py", "cruz_5_8_net.py"))
    found = course.take(canvas(tmp_path / "b.zip", "lee_222_7_net.py", "bo_6_6_net.py"))
    assert set(found) == {"lee-222", "bo"}
    assert len(course.known) == 4


def test_renamed_person_keeps_the_folder(course, tmp_path):
    course.take(canvas(tmp_path / "a.zip", "lee_111_9_net.py", "cruz_5_8_net.py"))
    found = course.take(canvas(tmp_path / "b.zip", "vonlee_111_7_net.py", "cruz_5_6_net.py"))
    assert set(found) == {"lee", "cruz"}
    assert found["lee"].record.name == "vonlee"


def test_names_that_differ_in_case_are_two_people(course, tmp_path):
    first = course.take(folder(tmp_path / "class", "Ana Lee", "bo"))
    assert set(first) == {"ana-lee", "bo"}
    folder(tmp_path / "class", "ana lee")
    found = course.take(tmp_path / "class")
    assert len(found) == len({name.casefold() for name in found}) == 3
    assert found["ana-lee"].record.name == "Ana Lee"


def test_folder_that_moved_is_the_same_class(course, tmp_path):
    course.take(folder(tmp_path / "old", "ana", "bo"))
    (tmp_path / "old").rename(tmp_path / "new")
    assert set(course.take(tmp_path / "new")) == {"ana", "bo"}
    assert len(course.known) == 2


def test_namesake_in_another_class_asks_for_section(course, tmp_path):
    course.take(folder(tmp_path / "one", "ana", "bo"))
    folder(tmp_path / "two", "ana", "cy")
    with pytest.raises(MaterialError, match=r"ana is in .*two, but ana came from .*--section NAME"):
        course.take(tmp_path / "two")
    assert set(course.take(tmp_path / "two", section="b")) == {"ana-b", "cy"}
    assert set(course.take(tmp_path / "two", section="b")) == {"ana-b", "cy"}
    assert (
        set(course.take(tmp_path / "two", section="")) == {"ana", "cy-two"}
        or len(course.known) == 5
    )


def test_one_submission_graded_again_adds_nobody(course, tmp_path):
    course.take(folder(tmp_path / "class", "ana", "bo"))
    assert set(course.take(tmp_path / "class" / "ana")) == {"ana"}
    shutil.copytree(tmp_path / "class" / "ana", tmp_path / "mail" / "ana")
    assert set(course.take(tmp_path / "mail" / "ana")) == {"ana"}
    assert set(course.take(tmp_path / "class")) == {"ana", "bo"}
    assert len(course.known) == 2


def test_file_of_a_download_keeps_its_owner(course, tmp_path):
    source = canvas(tmp_path / "all.zip", "lee_111_9_net.py", "cruz_5_8_net.py")
    course.take(source)
    with zipfile.ZipFile(source) as archive:
        archive.extract("lee_111_9_net.py", tmp_path)
    found = course.take(tmp_path / "lee_111_9_net.py")
    assert found["lee"].owner.ids == {"user_id": "111"}
    assert found["lee"].record.system == "canvas"


def test_several_candidates_are_listed(course, tmp_path):
    course.take(folder(tmp_path / "one", "ana", "bo"), section="a")
    course.take(folder(tmp_path / "two", "ana", "cy"), section="b")
    folder(tmp_path / "mail", "ana")
    with pytest.raises(MaterialError, match="'ana' may belong to ana, ana-b"):
        course.take(tmp_path / "mail" / "ana")


def test_second_namesake_without_id_is_doubtful(course, tmp_path):
    folder(tmp_path / "one", "ana", "bo")
    folder(tmp_path / "two", "ana", "cy")
    found = course.take(tmp_path / "one", tmp_path / "two")
    assert len(found) == 4
    doubts = [each.slug for entry in found.values() for each in entry.doubts]
    assert doubts == ["same-name"]
    again = course.take(tmp_path / "two", tmp_path / "one")
    assert {name: entry.doubts for name, entry in again.items()} == {
        name: entry.doubts for name, entry in found.items()
    }


def test_clone_by_itself_is_the_same_student(course, tmp_path):
    for name in ("lab1-ada", "lab1-bo"):
        folder(tmp_path / "lab1-submissions", name)
        (tmp_path / "lab1-submissions" / name / ".git").mkdir()
    assert set(course.take(tmp_path / "lab1-submissions")) == {"ada", "bo"}
    assert set(course.take(tmp_path / "lab1-submissions" / "lab1-ada")) == {"ada"}
    assert len(course.known) == 2


# through the command line


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """Two runs: right code, code that cannot be imported, and a broken archive."""
    place = tmp_path_factory.mktemp("people")
    text = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    for name, source in (("ada", text), ("ben", text.replace("class TwoLayerNet:", "class Two"))):
        package = place / "class" / name / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(source)
    words = ("grade", place / "class", "-o", place / "out", "--data", "none", "--jobs", 1)
    assert run_nnlab(*words).returncode == 1
    assert run_nnlab("grade", place / "class" / "ben", "-o", place / "out").returncode == 1
    return place


@pytest.fixture
def out(graded_class, tmp_path):
    """That OUT, to be changed."""
    return shutil.copytree(graded_class / "out", tmp_path / "out")


def report(out, student):
    return json.loads((out / "students" / student / "report.json").read_text())


def exported(out):
    run_nnlab("export", out, "--to", "csv")
    with (out / "exports" / "grades.csv").open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_seed_is_drawn_once_and_kept_secret(out):
    with Gradebook(out, write=False) as book:
        seed = book.latest_run().seed
        assert {book.run_of(one).seed for one in book.students()} == {seed}
    assert seed != 0
    assert report(out, "ada")["run"]["seed"] == seed
    for path in out.glob("students/*/feedback.*"):
        assert str(seed) not in path.read_text()


def test_missing_colon_is_held_back_until_accepted(out):
    assert any("cannot be imported" in flag for flag in report(out, "ben")["flags"])
    assert exported(out)["ben"]["score"] == ""
    assert accept(out, "not-asked") == ["ada", "ben"]
    assert exported(out)["ada"]["score"] != ""
    assert exported(out)["ben"]["score"] == ""
    done = run_nnlab("accept", out, "--reason", "not-imported", "--json")
    assert json.loads(done.stdout)["accepted"] == ["ben"]
    assert exported(out)["ben"]["score"] == "0"
    assert report(out, "ben")["status"] == "graded"


def test_newer_submission_raises_the_doubt_again(out):
    accept(out, "not-imported", ["ben"])
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as db, db:
        db.execute("UPDATE submissions SET sha256 = 'another' WHERE student = 'ben'")
    assert accept(out, "not-imported") == ["ben"]


def test_unknown_student_and_reason_name_the_nearest(out):
    done = run_nnlab("accept", out, "adaa", "--reason", "zero")
    assert "There is no student 'adaa'. Did you mean 'ada'?" in done.stderr
    done = run_nnlab("accept", out, "--reason", "zeros")
    assert "Did you mean 'zero'?" in done.stderr


def test_forgotten_student_is_gone_from_every_byte(out):
    (out / "overrides.csv").write_text("student,task,points\nben,,5\nada,,6\n")
    forget(out, ["ben"])
    assert not (out / "students" / "ben").exists()
    assert (out / "overrides.csv").read_text() == "student,task,points\nada,,6\n"
    for path in out.iterdir():
        if path.is_file():
            assert b"ben" not in path.read_bytes().replace(b"benefit", b""), path


def test_pseudonymized_copy_names_nobody(out, tmp_path):
    (out / "overrides.csv").write_text("student,task,points,comment\nben,,5,Ben was ill\n")
    with Gradebook(out, write=True) as book:
        book.ledger.add(Claim("ben", "Ben asks again", "Grace H."))
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as db, db:
        db.execute("UPDATE submissions SET notebook = '# written by Ben B.'")
    copy = tmp_path / "shared"
    assert pseudonymize(out, copy) == 2
    assert {path.name for path in copy.glob("students/*")} == {"student-001", "student-002"}
    scores = sorted(report(copy, f"student-00{at}")["score"] for at in (1, 2))
    assert scores[1] == report(out, "ada")["score"]
    content = (copy / "gradebook.sqlite").read_bytes()
    for word in (rb"\bada\b", rb"\bben\b", b"Ben", b"Grace", re.escape(str(tmp_path)).encode()):
        assert re.search(word, content) is None
    with pytest.raises(KitError, match="exists already"):
        pseudonymize(out, copy)


def test_rescue_saves_the_readable_and_names_the_others(out):
    with Gradebook(out, write=True) as book:
        book.ledger.add(ScoreEntry(student="ada", reason="kept"))
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as db, db:
        db.execute("UPDATE verdicts SET judged = 'rihgt' WHERE student = 'ben' AND position = 3")
    done = run_nnlab("report", out)
    assert done.returncode == 4
    assert "damaged: the verdicts of ben cannot be read ('rihgt' is not a valid" in done.stderr
    done = run_nnlab("rescue", out)
    assert "Grade again: ben." in done.stdout
    assert "Traceback" not in done.stderr
    with Gradebook(out, write=False) as book:
        assert book.students() == ["ada"]
        assert [one.folder for one in book.people()] == ["ada", "ben"]
        assert [one.reason for one in book.ledger.rows(ScoreEntry)] == ["kept"]
    assert (out / "gradebook.damaged-1.sqlite").is_file()


def test_rescue_of_nothing_leaves_the_file(tmp_path):
    (tmp_path / "gradebook.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(KitError, match="nothing can be saved"):
        rescue(tmp_path)
    assert (tmp_path / "gradebook.sqlite").read_bytes() == b"no database" * 100


@pytest.mark.parametrize("version", [-1, 99])
def test_impossible_version_is_told(out, version):
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as db, db:
        db.execute(f"PRAGMA user_version = {version}")
    done = run_nnlab("report", out)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_damaged_report_to_compare_with_is_one_sentence(out, tmp_path):
    old = shutil.copytree(out, tmp_path / "old")
    (old / "students" / "ada" / "report.json").write_text("{}")
    done = run_nnlab("report", out, "--compare", old)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "report.json: schema is None, expected 1" in done.stderr


def test_namesake_without_id_is_held_back(tmp_path):
    row = graded("ada-2", attention=(Finding("same-name", "two people?"),))
    with Gradebook(tmp_path, write=True, create=True) as book:
        book.register([Student("ada-2", "folder", None, "ada")])
        book.save(book.begin_run(RUN), row)
        assert book.known()[book.student("ada-2")] == Owner(
            "ada-2", "Ada-2", "canvas", {"id": "5"}, original="x"
        )
