from __future__ import annotations

import os
import random
import re
import shlex
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MaterialError, SubmissionError
from tests.grader.archives import SOURCE, tar_bytes, zip_bytes
from tests.tools.course.collect.downloads import BOOK, CANVAS, LAB_ZIP, as_folder, as_zip
from tools.course.collect.collecting import again_alone, collect
from tools.course.collect.keys import student_keys
from tools.course.collect.model import Problem
from tools.course.collect.reader import Reader, read
from tools.course.student import Owner

LAB = "cattern/neural_net.py"


def students(collection):
    return [entry.student for entry in collection.entries]


def reasons(collection):
    return [problem.reason for problem in collection.problems]


# one submission, or a class


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("ana", {LAB: SOURCE}),
        ("ana", {"neural_net.py": SOURCE, "lab.ipynb": BOOK}),
        ("ana", {"net (1).py": SOURCE, "lab.ipynb": BOOK}),
        ("ana", {"net.py": SOURCE, "plots.py": b"x = 1", "lab.ipynb": BOOK}),
        ("ana", {f"lab1/{LAB}": SOURCE}),
        ("ana", {f"Simple_Neural_Network_Lab-main/lab1/{LAB}": SOURCE}),
        ("ana", {"lab1.zip": LAB_ZIP}),
    ],
)
def test_one_submission_is_named_by_its_path(tmp_path, name, files):
    assert students(collect([as_folder(tmp_path, name, files)])) == ["ana"]
    zipped = collect([as_zip(tmp_path, "kai", files)])
    assert students(zipped) == ["kai"]
    assert SOURCE in read(zipped.entries[0]).files.values()


@pytest.mark.parametrize(
    "files",
    [
        {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE},
        {f"class/ana/{LAB}": SOURCE, f"class/kai/lab1/{LAB}": SOURCE},
        {"ana.zip": LAB_ZIP, "kai.tar.gz": tar_bytes([(LAB, SOURCE)], packed=True)},
        {"ana.zip": LAB_ZIP, f"kai/{LAB}": SOURCE},
        {"ana.ipynb": BOOK, "kai.ipynb": BOOK},
        {"ana.py": SOURCE, "kai.py": SOURCE},
        {"ana.py": SOURCE, "ana.ipynb": BOOK, "kai.ipynb": BOOK},
        {"ana.py": SOURCE, "kai.py": SOURCE, "kai.ipynb": BOOK},
    ],
)
def test_class_is_a_folder_or_zip_of_submissions(tmp_path, files):
    folder = collect([as_folder(tmp_path, "class", files)])
    zipped = collect([as_zip(tmp_path, "class", files)])
    assert students(folder) == students(zipped) == ["ana", "kai"]
    with Reader() as reader:
        for one, other in zip(folder.entries, zipped.entries, strict=True):
            assert set(reader.read(one).files.values()) == set(reader.read(other).files.values())


def test_class_of_one_is_named_by_its_student(tmp_path):
    assert students(collect([as_folder(tmp_path, "class", {f"ana/{LAB}": SOURCE})])) == ["ana"]
    assert students(collect([as_folder(tmp_path, "room", {"ana.zip": LAB_ZIP})])) == ["ana"]


def test_single_file_of_any_kind_is_a_submission(tmp_path):
    for name, data in {
        "ana.py": SOURCE,
        "kai.ipynb": BOOK,
        "jo.tgz": tar_bytes([(LAB, SOURCE)], packed=True),
        "mia.dat": tar_bytes([(LAB, SOURCE)]),
    }.items():
        (tmp_path / name).write_bytes(data)
        (entry,) = collect([tmp_path / name]).entries
        assert entry.student == name.partition(".")[0] or entry.student == "mia-dat"
        assert read(entry).student == entry.student


def test_several_paths_are_submissions_each(tmp_path):
    paths = [
        as_folder(tmp_path, "ana", {f"lab1/{LAB}": SOURCE}),
        as_folder(tmp_path, "kai", {f"code/{LAB}": SOURCE, "data/x.csv": b""}),
        as_folder(tmp_path, "jo", {f"work_of_jo/{LAB}": SOURCE}),
        as_zip(tmp_path, "mia", {LAB: SOURCE}),
        as_folder(tmp_path, "rest", {f"zoe/{LAB}": SOURCE, f"leo/{LAB}": SOURCE}),
    ]
    assert students(collect(paths)) == ["ana", "jo", "kai", "leo", "mia", "zoe"]


def test_a_path_given_twice_counts_once(tmp_path):
    path = as_folder(tmp_path, "ana", {LAB: SOURCE})
    link = tmp_path / "link"
    link.symlink_to(path)
    assert len(collect([path, path, link]).entries) == 1


def test_namesakes_stay_two_in_any_order(tmp_path):
    one = as_folder(tmp_path, "a", {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE})
    other = as_folder(tmp_path, "b", {f"ana/{LAB}": SOURCE, "Kai.zip": LAB_ZIP})
    there, back = collect([one, other]), collect([other, one])
    assert students(there) == ["ana-a", "ana-b", "kai-a", "kai-b"]
    assert there.entries == back.entries


def test_what_is_no_submission_is_one_sentence_each(tmp_path):
    files = {
        f"ana/{LAB}": SOURCE,
        "empty/": b"",
        "notes.txt": b"",
        "broken.zip": b"PK\x03\x04",
        "essay.zip": b"%PDF-1.7",
        "old.rar": b"Rar!\x1a\x07\x00",
        ".DS_Store": b"",
        "grade.py": b"",
    }
    path = as_folder(tmp_path, "class", files)
    (path / "link").symlink_to("/etc")
    collection = collect([path])
    assert students(collection) == ["ana", "broken", "empty", "essay", "old"]
    assert reasons(collection) == [
        "'grade.py' is a single file beside the folders of students, and was left out; if a "
        "student handed it in, put it into a folder with the student's name.",
        "'link' is neither a folder nor an archive, and was left out.",
        "'notes.txt' is neither a folder nor an archive, and was left out.",
    ]
    sentences = []
    for entry in collection.entries[1:]:
        with pytest.raises(SubmissionError) as caught:
            read(entry)
        sentences.append(str(caught.value))
    assert sentences[1] == "'empty' is empty."
    assert "'essay.zip' cannot be opened: it is a PDF document" in sentences[2]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "'missing' does not exist."),
        ("empty", "'empty' is empty."),
        ("notes.txt", "'notes.txt' is neither a folder nor an archive."),
    ],
)
def test_empty_path_is_a_problem_and_no_stop(tmp_path, name, reason):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    good = as_folder(tmp_path, "ana", {LAB: SOURCE})
    collection = collect([tmp_path / name, good])
    assert students(collection) == ["ana"]
    again = " ".join(["nnlab grade", *sorted([f"{tmp_path / name}", f"{good}"]), "-o OUT"])
    assert collection.problems == (Problem("", name, "collect", reason, again),)


def test_again_is_one_path_if_it_suffices_alone(tmp_path):
    files = {f"ana/{LAB}": SOURCE, f"kai/my work/{LAB}": SOURCE}
    given, options = as_folder(tmp_path, "the class", files), ("-o", "a b")
    ana, kai = (again_alone(one, options) for one in collect([given], options=options).entries)
    assert shlex.split(ana) == ["nnlab", "grade", str(given / "ana"), *options]
    # Alone, kai's folder is a class of one, whose name would be another.
    assert students(collect([given / "kai"])) == ["my-work"]
    assert shlex.split(kai) == ["nnlab", "grade", str(given), *options]


def test_again_is_everything_if_names_need_context(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    system = as_folder(tmp_path, "canvas", {"doeana_48210_990110_lab.py": SOURCE})
    zipped = as_zip(tmp_path, "class", {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE})
    for path in (system, zipped):
        for entry in collect([path.relative_to(tmp_path)]).entries:
            assert again_alone(entry, ("-o", "OUT")) == f"nnlab grade {path} -o OUT"


def test_pipe_or_unreadable_path_is_a_problem(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "fifo")
    assert reasons(collect([tmp_path / "fifo"])) == ["'fifo' is neither a folder nor a file."]
    path = as_folder(tmp_path, "class", {f"ana/{LAB}": SOURCE})
    monkeypatch.setattr("os.access", lambda *_: False)  # the superuser may read anything
    assert reasons(collect([path])) == ["'class' cannot be read: permission denied."]


def test_unsafe_names_in_a_bulk_zip_are_reported(tmp_path):
    files = {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE, "../../jo/x.py": SOURCE}
    collection = collect([as_zip(tmp_path, "class", files)])
    assert students(collection) == ["ana", "kai"]
    assert reasons(collection) == [
        "'../../jo/x.py' leads outside the submission, and was left out."
    ]


def test_hostile_names_are_shown_harmlessly(tmp_path):
    name = "\x1b[31m=1+1\u202e.txt"
    path = as_folder(tmp_path, "class", {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE, name: b""})
    (reason,) = reasons(collect([path]))
    assert reason.isprintable()


def test_damaged_zip_is_found_when_read(tmp_path):
    path = as_zip(tmp_path, "ana", {LAB: SOURCE})
    path.write_bytes(path.read_bytes()[:-20])
    (entry,) = collect([path]).entries
    with pytest.raises(SubmissionError, match="damaged or cut short"):
        read(entry)


def test_download_that_disappears_or_changes_is_reported(tmp_path):
    path = as_zip(tmp_path, "class", CANVAS)
    entries = collect([path]).entries
    path.write_bytes(zip_bytes({"other.txt": b""}))
    with pytest.raises(SubmissionError, match=r"is no longer in 'class\.zip'"):
        read(entries[0])
    path.unlink()
    with pytest.raises(SubmissionError, match=r"'class\.zip' cannot be opened"):
        read(entries[0])


def test_attempts_without_times_are_told(tmp_path):
    files = {
        "397063-1 - Ana Doe - hier 21 h 43 - a.py": SOURCE,
        "397063-1 - Ana Doe - Mar 2, 2026 943 PM - b.py": SOURCE,
    }
    collection = collect([as_folder(tmp_path, "x", files)])
    assert students(collection) == ["ana-doe"]
    assert reasons(collection) == [
        "There are 2 attempts, and not all have a time; the grader used "
        "'397063-1 - Ana Doe - Mar 2, 2026 943 PM - b.py'."
    ]


def test_an_unknown_zone_is_wrong_usage(tmp_path):
    with pytest.raises(MaterialError, match="'Mars/Olympus' is not a time zone"):
        collect([tmp_path], zone="Mars/Olympus")


# fingerprints


def test_fingerprint_changes_with_the_content_only(tmp_path):
    path = as_folder(tmp_path, "class", {f"ana/{LAB}": SOURCE, f"kai/{LAB}": SOURCE})

    def fingerprints():
        return [entry.fingerprint for entry in collect([path]).entries]

    before = fingerprints()
    (path / "ana/cattern/__pycache__").mkdir()
    (path / "ana/.DS_Store").write_bytes(b"x")
    assert fingerprints() == before
    (path / "ana" / LAB).write_bytes(SOURCE + b"# more")
    after = fingerprints()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_fingerprint_of_a_zip_depends_on_checksums(tmp_path):
    def fingerprint(data):
        path = as_zip(tmp_path, "class", {f"ana/{LAB}": data, f"kai/{LAB}": SOURCE})
        return collect([path]).entries[0].fingerprint

    assert fingerprint(SOURCE) == fingerprint(SOURCE)
    assert fingerprint(SOURCE) != fingerprint(SOURCE.replace(b"pass", b"Pass"))


# keys

IDS = st.dictionaries(
    st.sampled_from(["sid", "username", "user_id", "email", "participant"]),
    st.text("aB1-@", min_size=1, max_size=4),
    max_size=2,
)
OWNERS = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.builds(
        Owner,
        student=st.just(""),
        name=st.one_of(st.none(), st.text("aA-1é ", max_size=4), st.text(max_size=6)),
        system=st.just("canvas"),
        ids=IDS,
        original=st.text(max_size=5),
    ),
    max_size=12,
)


@given(OWNERS, st.randoms(use_true_random=False))
def test_keys_are_unique_safe_and_order_independent(owners, shuffled: random.Random):
    keys = student_keys(owners, {})
    assert len({key.casefold() for key in keys.values()}) == len(owners)
    assert all(re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,110}", key) for key in keys.values())
    items = list(owners.items())
    shuffled.shuffle(items)
    assert student_keys(dict(items), {}) == keys


def test_key_has_the_id_only_if_needed():
    owners = {
        "1": Owner("", name="Ana Doe", ids={"sid": "0070012"}),
        "2": Owner("", name="ana doe", ids={"email": "ana.d@example.edu"}),
        "3": Owner("", name="Kai O'Brien", ids={"sid": "3"}),
        "4": Owner("", ids={"email": "jo@example.edu"}),
    }
    assert student_keys(owners, {}) == {
        "1": "ana-doe-0070012",
        "2": "ana-doe-ana-d",
        "3": "kai-o-brien",
        "4": "jo",
    }


# roster


def with_roster(tmp_path: Path, text: str, files, encoding="utf-8"):
    roster = tmp_path / "roster.csv"
    roster.write_bytes(text.encode(encoding))
    return collect([as_folder(tmp_path, "class", files)], roster=roster)


def test_roster_shows_missing_and_unlisted_students(tmp_path):
    roster = "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    roster += '"Doe, Ana",48213,0070012,ad123,A\n"Smith, Jo",48230,="0070014",jo5,A\n'
    roster += '"O\'Brien, Kai",48220,0070013,kob7,A\n"Student, Test",48999,,,A\n'
    files = {
        "doeana_48213_1_neural_net.py": SOURCE,
        "obrienkai_48220_2_neural_net.py": SOURCE,
        "stranger_5_3_neural_net.py": SOURCE,
    }
    collection = with_roster(tmp_path, roster, files)
    ana = collection.entries[0].owner
    assert ana.name == "Doe, Ana"
    assert ana.ids == {"user_id": "48213", "sid": "0070012", "login": "ad123"}
    assert [(p.student, p.stage, p.reason) for p in collection.problems] == [
        ("smith-jo", "roster", "Smith, Jo (0070014) has handed in nothing."),
        ("stranger", "roster", "'stranger_5_3_neural_net.py' matches nobody on the roster."),
    ]


@pytest.mark.parametrize(
    "folder", ["ad123", "0070012", "ana@example.edu", "AD123", "ana", "Doe Ana"]
)
def test_folder_is_matched_by_any_id_it_names(tmp_path, folder):
    roster = "First Name;Last Name;SID;NetID;Email\r\nAna;Doe;0070012;ad123;ana@example.edu\r\n"
    collection = with_roster(tmp_path, roster, {f"{folder}/{LAB}": SOURCE}, "utf-8-sig")
    assert collection.problems == ()
    assert collection.entries[0].owner.name == "Ana Doe"


def test_shared_name_does_not_match_the_roster(tmp_path):
    roster = "name,sid\nAna Doe,1\nAna Doe,2\n"
    collection = with_roster(tmp_path, roster, {f"Ana Doe/{LAB}": SOURCE})
    assert len(collection.problems) == 3


def test_two_submissions_of_one_person_are_told(tmp_path):
    files = {f"ad123/{LAB}": SOURCE, f"Ana Doe/{LAB}": SOURCE}
    collection = with_roster(tmp_path, "name,username\nAna Doe,ad123\n", files)
    assert reasons(collection) == ["Ana Doe (ad123) has handed in twice, also as 'ad123'."]


def test_members_of_a_group_have_all_handed_in(tmp_path):
    metadata = b"""---
submission_1:
  :submitters:
  - :name: Ana Doe
    :email: ana@example.edu
  - :name: Kai
    :email: kai@example.edu
"""
    files = {"submission_metadata.yml": metadata, "submission_1/neural_net.py": SOURCE}
    roster = "Full name\tEmail address\nAna\tana@example.edu\nKai\tkai@example.edu\n"
    assert with_roster(tmp_path, roster, files, "utf-16").problems == ()


def test_a_moodle_worksheet_serves_as_roster(tmp_path):
    roster = 'Identifier,"Full name","ID number"\n"Participant 10482","Ana Doe",0070012\n'
    files = {"Ana Doe_10482_assignsubmission_file_/neural_net.py": SOURCE}
    collection = with_roster(tmp_path, roster, files)
    assert collection.problems == ()
    assert collection.entries[0].owner.ids == {"participant": "10482", "sid": "0070012"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (
            "Grade,Comment\n1,2\n",
            "no column identifies the students; the headers are 'grade', 'comment'",
        ),
        ("name,sid\n", "there is a header but no student"),
        ("name,sid\nAna,7.0012E+04\n", "roster.csv:2: sid '7.0012E+04' was an id before"),
    ],
)
def test_a_roster_that_cannot_be_used_is_said(tmp_path, text, message):
    with pytest.raises(MaterialError, match=re.escape(message)):
        with_roster(tmp_path, text, {f"ana/{LAB}": SOURCE})


def test_a_roster_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MaterialError, match=r"none\.csv: cannot be read: No such file"):
        collect([tmp_path], roster=tmp_path / "none.csv")


# scale


@pytest.mark.parametrize("form", [as_folder, as_zip])
def test_time_and_memory_grow_linearly_with_the_class(tmp_path, form):
    def cost(size):
        files = {f"user{n:05}_{n + 10}_{n + 900_000}_neural_net.py": SOURCE for n in range(size)}
        path = form(tmp_path, f"class{size}", files)
        tracemalloc.start()
        began = time.process_time()
        collection = collect([path])
        seconds = time.process_time() - began
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(collection.entries) == size
        return seconds, peak

    (small_s, small), (large_s, large) = cost(100), cost(1_000)
    assert large < 12 * small
    assert large / 1_000 < 20_000  # bytes for each submission
    assert large_s < 30 * small_s + 0.5  # a square law would give 100


def test_a_reader_keeps_no_submission(tmp_path):
    files = {f"user{n}_{n + 10}_{n + 900}_best_net.npz": os.urandom(200_000) for n in range(20)}
    entries = collect([as_zip(tmp_path, "class", files)]).entries
    tracemalloc.start()
    with Reader() as reader:
        for entry in entries:
            reader.read(entry)
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 200_000
