from __future__ import annotations

import time

import pytest

from tests.grader.archives import SOURCE
from tests.tools.course.collect import downloads
from tests.tools.course.collect.downloads import BOOK, FORMS, as_folder
from tools.course.collect.collecting import collect
from tools.course.collect.reader import Reader
from tools.course.collect.systems.blackboard import read_receipt

forms = pytest.mark.parametrize("form", FORMS)


def by_student(collection):
    return {entry.student: entry for entry in collection.entries}


def files_of(collection):
    with Reader() as reader:
        return {entry.student: dict(reader.read(entry).files) for entry in collection.entries}


def reasons(collection):
    return [problem.reason for problem in collection.problems]


@forms
def test_a_gradescope_export_is_read_through_its_metadata(tmp_path, form):
    collection = collect([form(tmp_path, "assignment_5512_export", downloads.GRADESCOPE)])
    entries = by_student(collection)
    assert set(entries) == {"ana-doe", "no-and-kai-o-brien", "submission_90212", "submission_99999"}
    ana = entries["ana-doe"].owner
    assert ana.ids == {"submission_id": "90210", "sid": "0070012", "email": "ana@example.edu"}
    assert ana.received == "2026-03-03T05:43:04.180678+00:00"
    assert (ana.system, ana.original, ana.members) == ("gradescope", "submission_90210", ())
    group = entries["no-and-kai-o-brien"].owner
    assert group.members == (
        {"name": "No", "sid": "0070013", "email": "no@example.edu"},
        {"name": "Kai O'Brien", "email": "kai@example.edu"},
    )
    assert entries["submission_90212"].owner.received == "2026-03-03T07:00:00+00:00"
    assert reasons(collection) == [
        "'notes.txt' is not in submission_metadata.yml, and was left out.",
        "'submission_90213' is in submission_metadata.yml, but its files are not there.",
    ]
    assert files_of(collection)["ana-doe"] == {"cattern/neural_net.py": SOURCE}


ALIASES = b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
)


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"{[",
        b"- a",
        b"\xff\xfe\x00",
        b"[" * 500_000,
        b"a0: &a0 x\n" + ALIASES,
        b"!!python/none",
    ],
)
def test_gradescope_export_without_metadata_keeps_its_folders(tmp_path, metadata):
    files = {"submission_metadata.yml": metadata, "submission_1/neural_net.py": SOURCE}
    collection = collect([as_folder(tmp_path, "export", files)])
    assert [entry.student for entry in collection.entries] == ["submission_1"]
    assert "cannot be read" in reasons(collection)[0] or metadata.startswith(b"a0")


@forms
def test_a_canvas_download_is_grouped_by_user(tmp_path, form):
    collection = collect([form(tmp_path, "ml-lab1_submissions", downloads.CANVAS)])
    entries = by_student(collection)
    assert set(entries) == {
        "anon-kq3f9",
        "doeana-48213",
        "doeana-50001",
        "mary_ann",
        "obrienkai",
        "smithjo",
    }
    kai = entries["obrienkai"].owner
    assert (kai.ids, kai.late, kai.received) == ({"user_id": "48220"}, True, None)
    assert kai.original == "obrienkai_LATE_48220_9917388_neural_net-1.py"
    assert entries["mary_ann"].owner.late is True
    assert entries["doeana-48213"].owner.late is False  # others are marked, so the mark is on
    assert entries["anon-kq3f9"].owner.name is None
    assert entries["anon-kq3f9"].owner.late is True
    files = files_of(collection)
    assert set(files["obrienkai"]) == {
        "neural_net-1.py",
        "Simple_Neural_Network_Lab-1.ipynb",
        "best_net.pkl",
    }
    assert files["doeana-48213"] == {"lab1/cattern/neural_net.py": SOURCE}
    assert collection.problems == ()
    assert any("Test Student" in note for note in collection.notes)


def test_canvas_files_of_one_name_are_both_kept(tmp_path):
    files = {
        "doeana_1_20_neural_net.py": b"# new",
        "doeana_1_3_neural_net.py": b"# old",
        "kobe_2_30_neural_net.py": SOURCE,
    }
    collection = collect([as_folder(tmp_path, "x", files)])
    assert files_of(collection)["doeana"] == {
        "neural_net.py": b"# old",
        "neural_net-1.py": b"# new",
    }


def test_a_resubmission_in_a_second_canvas_download_counts(tmp_path):
    first = as_folder(tmp_path, "first", {"doeana_1_20_neural_net.py": b"# old"})
    second = as_folder(tmp_path, "second", {"doeana_1_100_neural_net.py": b"# new"})
    for paths in ([first, second], [second, first]):
        collection = collect(paths)
        assert files_of(collection) == {"doeana": {"neural_net.py": b"# new"}}
        (entry,) = collection.entries
        assert [each.original for each in entry.attempts] == ["doeana_1_20_neural_net.py"]
        assert collection.problems == ()


def test_roster_tells_a_group_with_a_number(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,ID,Section\nTeam 7,48213,A\n")
    path = as_folder(tmp_path, "x", {"team_7_48213_991_neural_net.py": SOURCE})
    (plain,) = collect([path]).entries
    (known,) = collect([path], roster=roster).entries
    assert plain.owner.ids == {"user_id": "7"}
    assert known.owner.ids == {"user_id": "48213"}
    assert known.owner.name == "Team 7"


@forms
def test_moodle_folders_are_grouped_by_participant(tmp_path, form):
    collection = collect([form(tmp_path, "ML-Lab 1-4411", downloads.MOODLE)])
    entries = by_student(collection)
    assert set(entries) == {
        "ana-doe-10482",
        "ana-doe-10490",
        "default-group",
        "group-a",
        "participant-10499",
    }
    assert entries["ana-doe-10482"].owner.ids == {"participant": "10482"}
    assert entries["ana-doe-10482"].owner.original == "Ana Doe_10482_assignsubmission_file_"
    assert entries["participant-10499"].owner.name is None
    files = files_of(collection)
    assert files["ana-doe-10482"] == {"cattern/neural_net.py": SOURCE}
    assert [path.rpartition("/")[2] for path in files["group-a"]] == ["neural_net.py"]


@forms
def test_a_flat_moodle_download_is_grouped_by_participant(tmp_path, form):
    collection = collect([form(tmp_path, "ML-Lab 1-4411", downloads.MOODLE_FLAT)])
    files = files_of(collection)
    assert files["ana-doe"] == {"neural_net.py": SOURCE, "my_lab_1.ipynb": BOOK}
    assert files["kai-o-brien"] == {"lab1/cattern/neural_net.py": SOURCE}


@forms
def test_newest_blackboard_attempt_counts_with_its_receipt(tmp_path, form):
    collection = collect(
        [form(tmp_path, "gradebook_ML_Lab1_2026", downloads.BLACKBOARD)], zone="Asia/Bangkok"
    )
    entries = by_student(collection)
    assert set(entries) == {"ana-doe", "kob7", "jo-smith"}
    ana = entries["ana-doe"]
    assert ana.owner.ids == {"username": "ad_123"}
    assert ana.owner.received == "2026-03-02T21:43:04+07:00"
    assert [attempt.received for attempt in ana.attempts] == ["2026-03-01T09:00:00+07:00"]
    files = files_of(collection)
    assert files["ana-doe"] == {"neural_net.py": SOURCE}
    assert set(files["jo-smith"]) == {"receipt.txt"}
    assert collection.problems == ()


def test_receipt_names_the_person_in_its_head():
    text = "Naam: Ana (Anita) Doe (ad_123)\nAssignment: x\n\nComments:\nName: Eve (root)\n"
    receipt = read_receipt(text)
    assert (receipt.name, receipt.user) == ("Ana (Anita) Doe", "ad_123")
    assert read_receipt("nothing").user is None


@pytest.mark.parametrize("text", ["\n" * 300_000, "x: " + " (" * 20_000, "(" * 300_000])
def test_a_hostile_receipt_takes_no_time(text):
    began = time.process_time()
    assert read_receipt(text).originals == {}
    assert time.process_time() - began < 2


@forms
def test_brightspace_attempts_are_sorted_and_joined(tmp_path, form):
    collection = collect([form(tmp_path, "Lab 1 Download", downloads.BRIGHTSPACE)])
    entries = by_student(collection)
    assert set(entries) == {"ana-doe-397063", "ana-doe-397065", "kai-o-brien"}
    ana = entries["ana-doe-397063"]
    assert ana.owner.received == "2026-03-02T21:43:00+00:00"
    assert [each.received for each in ana.attempts] == ["2026-03-01T11:49:00+00:00"]
    files = files_of(collection)
    assert files["kai-o-brien"] == {
        "neural_net.py": SOURCE,
        "Simple_Neural_Network_Lab.ipynb": BOOK,
    }
    assert collection.problems == ()


@forms
def test_flat_brightspace_download_is_read_in_any_language(tmp_path, form):
    collection = collect([form(tmp_path, "Lab 1 Download", downloads.BRIGHTSPACE_FLAT)])
    files = files_of(collection)
    assert files["kai-o-brien"] == {"neural_net.py": SOURCE, "lab - final.ipynb": BOOK}
    assert files["zoe"] == {"neural_net.py": SOURCE}
    assert by_student(collection)["zoe"].owner.received is None


@forms
def test_nbgrader_course_gives_each_students_lab(tmp_path, form):
    collection = collect([form(tmp_path, "course", downloads.NBGRADER)])
    entries = by_student(collection)
    assert set(entries) == {"ad_123", "kob7", "jo5"}
    assert entries["ad_123"].owner.received == "2026-03-02T21:43:04.180678+07:00"
    assert entries["kob7"].owner.received == "2026-03-02T21:43:04+00:00"
    assert entries["jo5"].owner.received is None
    assert entries["jo5"].owner.ids == {"username": "jo5"}
    assert "cattern/neural_net.py" in files_of(collection)["ad_123"]
    assert any("late handed in hw0, but not lab1" in note for note in collection.notes)


def test_the_submitted_folder_alone_is_recognized(tmp_path):
    course = as_folder(tmp_path, "course", downloads.NBGRADER)
    collection = collect([course / "submitted"])
    assert {entry.owner.system for entry in collection.entries} == {"nbgrader"}


def test_names_foreign_to_the_system_are_listed(tmp_path):
    files = {**downloads.CANVAS, "roster.csv": b""}
    collection = collect([as_folder(tmp_path, "x", files)])
    assert len(collection.entries) == 6
    assert reasons(collection) == [
        "'roster.csv' is not named as Canvas names files, and was left out."
    ]


def test_few_odd_names_are_no_canvas_download(tmp_path):
    files = {f"{name}/neural_net.py": SOURCE for name in ("ana", "kai_2026_03_lab", "jo")}
    collection = collect([as_folder(tmp_path, "class", files)])
    assert {entry.owner.system for entry in collection.entries} == {"folder"}


def test_canvas_download_without_any_mark_leaves_lateness_open(tmp_path):
    """The mark can be switched off, so that nobody carries it says nothing."""
    names = ("doeana_48213_9917342_net.py", "obrienkai_48220_9917388_net.py")
    (tmp_path / "download").mkdir()
    for name in names:
        (tmp_path / "download" / name).write_bytes(SOURCE)
    found = collect([tmp_path / "download"]).entries
    assert [entry.owner.late for entry in found] == [None, None]
