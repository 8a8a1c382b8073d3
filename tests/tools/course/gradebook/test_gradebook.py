"""The gradebook: what goes in comes out, whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import re
import sqlite3
import zlib
from dataclasses import replace

import numpy as np
import pytest

from grader.engine.verdict import Judged
from grader.errors import KitError
from grader.sandbox.guest import frames
from grader.submission.submission import Finding
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.gradebook import book, schema
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Claim, Item
from tools.course.gradebook.records import Judgment
from tools.course.student import Owner


@pytest.fixture
def out(tmp_path):
    """A folder with one student's grades."""
    with Gradebook(tmp_path, write=True, create=True) as made:
        made.save(made.begin_run(RUN), graded())
    return tmp_path


def test_what_is_stored_comes_back(out):
    with Gradebook(out, write=False) as read:
        assert read.latest_run() == read.run_of("ada") == RUN
        assert read.submission("ada") == graded().submission
        assert tuple(read.verdicts("ada")) == graded().verdicts
        seen = read.observations("ada").by_question["scores/wide"]
        assert list(read.observations("ada").by_question) == ["scores/wide", "loss/wide"]
        (only,) = read.observations("ada", ("loss/wide",)).by_question.values()
    assert only.arrays["loss"] == 1
    assert (str(seen.ended), seen.error, seen.values) == ("raised", "oh", {"a": 1, "kinds": {}})
    np.testing.assert_array_equal(seen.arrays["x"], np.arange(3.0))


def test_texts_that_are_no_utf8_are_stored_at_their_length(out):
    """An exception's message may hold half a surrogate pair; it must not stop the class."""
    odd = graded("odd")
    verdict = replace(odd.verdicts[0], message="a\ud800b", got=["\udc80"])
    with Gradebook(out, write=True) as written:
        row = replace(odd.submission, source="\udcff", owner=Owner("odd", "\ud800"))
        written.save(written.begin_run(RUN), replace(odd, submission=row, verdicts=(verdict,)))
        assert written.verdicts("odd")[0].message == "a\N{REPLACEMENT CHARACTER}b"
        assert written.submission("odd").source == "\N{REPLACEMENT CHARACTER}"


def test_any_sqlite_tool_reads_it(out):
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        rows = plain.execute(
            "SELECT student, sum(score), seed FROM submissions JOIN verdicts USING (student) "
            "JOIN runs ON runs.id = run GROUP BY student"
        ).fetchall()
        assert re.fullmatch(
            r"\d{4}-..-..T..:..:..Z", *plain.execute("SELECT started FROM runs").fetchone()
        )
    assert rows == [("ada", 2.0, 7)]


def test_newer_grades_replace_the_older_and_leave_nothing_behind(out):
    with Gradebook(out, write=True) as again:
        again.save(again.begin_run(replace(RUN, seed=8)), graded(score=1.0))
        assert [one.score for one in again.verdicts("ada")] == [1.0]
        assert again.run_of("ada").seed == 8
        assert len(again.observations("ada").by_question) == 2


def test_each_student_keeps_the_run_that_observed_them(out):
    """A run with another seed that was stopped must not have older answers judged by its own."""
    with Gradebook(out, write=True) as again:
        again.save(again.begin_run(replace(RUN, seed=8)), graded("ben"))
        assert (again.run_of("ada").seed, again.run_of("ben").seed) == (7, 8)


def test_student_and_all_that_belongs_to_it_are_forgotten(out):
    with Gradebook(out, write=True) as changed:
        changed.forget(["ada"])
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        for table in ("submissions", "observations", "contents", "verdicts"):
            assert plain.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_only_what_was_asked_alike_and_did_not_fail_for_us_counts_as_seen(out):
    with Gradebook(out, write=True) as written:
        run = written.begin_run(RUN)
        written.save(run, graded("memo", attention=(Finding("suspicious", "a table?"),)))
        written.save(run, graded("unsure", judged=Judged.COULD_NOT_TELL))
        failed = replace(graded("cut"), observations=(("scores/wide", 0, "sandbox failed", None),))
        written.save(run, failed)
        written.save(run, replace(graded("dead", status="attention"), verdicts=()))
        assert set(written.seen("asked")) == {"ada", "memo", "unsure"}
        assert written.seen("asked")["ada"] == ("stat:1", "s" * 64)
        assert written.seen("otherwise") == {}


def test_judgments_are_stored_together_or_not_at_all(out):
    with Gradebook(out, write=True) as written:
        written.save(written.begin_run(RUN), graded("ben"))

        def new():
            yield Judgment("ada", graded().verdicts, graded(score=0.0).verdicts, ())
            raise RuntimeError("stopped in the middle")

        with pytest.raises(RuntimeError, match="stopped in the middle"):
            written.save_judgments("other", "code", new())
        assert written.verdicts("ada")[0].score == 2.0
        assert written.judged_by_other_rubric("r" * 64) == []
        assert written.moves() == []


def _die_while_saving(folder):
    with Gradebook(folder, write=True) as written:
        written._put_verdicts = lambda *_: os._exit(9)  # after submission and observations
        written.save(1, graded("ben"))


def test_process_that_dies_while_saving_leaves_nothing_of_that_student(out):
    child = multiprocessing.get_context("spawn").Process(target=_die_while_saving, args=(out,))
    child.start()
    child.join()
    assert child.exitcode == 9
    with Gradebook(out, write=True) as after:
        assert after.students() == ["ada"]
        assert tuple(after.verdicts("ada")) == graded().verdicts


def test_second_writer_is_refused_until_the_first_is_done(out):
    with Gradebook(out, write=True), pytest.raises(KitError, match="another nnlab is at work"):
        Gradebook(out, write=True)
    Gradebook(out, write=True).close()


def test_failed_opening_lets_go_of_the_folder(tmp_path):
    (tmp_path / "gradebook.sqlite").write_bytes(b"no database" * 100)
    for _ in range(2):
        with pytest.raises(KitError, match=r"file is not a database; `nnlab rescue"):
            Gradebook(tmp_path, write=True)


def test_damage_in_the_middle_is_one_sentence(out):
    path = out / "gradebook.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    said = r"malformed; `nnlab rescue"
    with pytest.raises(KitError, match=said), Gradebook(out, write=True) as damaged:
        damaged.submission("ada")


def test_later_version_is_refused(out):
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        plain.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(KitError, match="use the newer kit"):
        Gradebook(out, write=False)


@pytest.fixture(params=[1, 2])
def older(out, request):
    """The same file as an older version had it: values and arrays in a frame of their own."""
    seen = Gradebook(out, write=False).observations("ada").by_question
    own = {question: frames.encode(one.values, one.arrays) for question, one in seen.items()}
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        plain.execute(f"PRAGMA user_version = {request.param}")
        for column in ("attempts", "notebook", "judged_with"):
            plain.execute(f"ALTER TABLE submissions DROP COLUMN {column}")
        plain.execute("ALTER TABLE problems DROP COLUMN source")
        for column in ("worth", "worth_if_accepted"):
            plain.execute(f"ALTER TABLE verdicts DROP COLUMN {column}")
        decided = ("entries", "extensions", "decisions", "releases", "claims", "items")
        for table in (*decided, "moves", "marks"):
            plain.execute(f"DROP TABLE {table}")
        plain.execute("DROP TABLE students")
        plain.execute("ALTER TABLE runs DROP COLUMN questions_sha256")
        if request.param == 2:  # all of them packed together
            plain.execute(
                "UPDATE contents SET content = ?", (zlib.compress(b"".join(own.values())),)
            )
            return out
        plain.execute("ALTER TABLE observations ADD COLUMN content BLOB NOT NULL DEFAULT ''")
        for question, frame in own.items():
            plain.execute(
                "UPDATE observations SET content = ? WHERE question = ?",
                (zlib.compress(frame, 1), question),
            )
        plain.execute("DROP TABLE contents")
    return out


def test_older_file_is_brought_up_to_date_with_all_that_is_in_it(older):
    with Gradebook(older, write=True) as read:
        assert read.submission("ada") == graded().submission
        assert tuple(read.verdicts("ada")) == graded().verdicts
        assert read.content("ada") == graded().content
        assert read.latest_run() == replace(RUN, questions_sha256="")
        seen = read.observations("ada").by_question["scores/wide"]
    assert (str(seen.ended), seen.error, seen.values) == ("raised", "oh", {"a": 1, "kinds": {}})
    with sqlite3.connect(older / "gradebook.sqlite") as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


@pytest.mark.parametrize("has_requests", [False, True])
def test_version_5_gets_tables_for_regrade_requests(out, has_requests):
    """Kits of version 5 made them or not; what is in them stays."""
    claim, item = Claim("ada", "please look", "ben"), Item(reason="good", author="ben")
    with Gradebook(out, write=True) as book:
        book.ledger.add(claim, item)
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        plain.execute("PRAGMA user_version = 5")
        plain.execute("ALTER TABLE submissions DROP COLUMN judged_with")
        plain.execute("ALTER TABLE problems DROP COLUMN source")
        for column in ("worth", "worth_if_accepted"):
            plain.execute(f"ALTER TABLE verdicts DROP COLUMN {column}")
        for table in () if has_requests else ("claims", "items"):
            plain.execute(f"DROP TABLE {table}")
    with Gradebook(out, write=True) as book:
        if not has_requests:
            book.ledger.add(claim, item)
        kept = [*book.ledger.rows(Claim, "ada"), *book.ledger.rows(Item)]
        assert [one.reason for one in kept] == ["please look", "good"]
        assert book.submission("ada") == graded().submission


def test_older_file_is_not_changed_by_a_reader(older):
    with pytest.raises(KitError, match="`nnlab report OUT` brings it up to date"):
        Gradebook(older, write=False)


def test_step_that_fails_leaves_the_older_file(older):
    with sqlite3.connect(older / "gradebook.sqlite") as plain:
        (before,) = plain.execute("PRAGMA user_version").fetchone()
        table = "observations" if before == 1 else "contents"
        plain.execute(f"UPDATE {table} SET content = X'78'")
    with pytest.raises(KitError, match="is damaged"):
        Gradebook(older, write=True)
    with sqlite3.connect(older / "gradebook.sqlite") as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (before,)
        assert {*plain.execute(f"SELECT content FROM {table}")} == {(b"x",)}


def test_gradebook_without_a_run_says_so(tmp_path):
    made = Gradebook(tmp_path, write=True, create=True)
    with made as empty, pytest.raises(KitError, match="nothing has been graded yet"):
        empty.latest_run()


def test_only_grading_makes_a_gradebook(tmp_path):
    with pytest.raises(KitError, match=re.escape(f"there is no {book.FILE}")):
        Gradebook(tmp_path, write=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_folder_that_may_not_be_written_is_told(out):
    out.chmod(0o500)
    with pytest.raises(KitError, match="cannot be written"):
        Gradebook(out, write=True)
