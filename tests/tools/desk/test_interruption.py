from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.errors import ConflictError, KitError
from tests.tools.desk.conftest import Visitor
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import ScoreEntry
from tools.desk.classroom import Desk

# Adds entries in pairs, one transaction each, until it is killed.
_WRITER = """
import sys
from pathlib import Path
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import ScoreEntry
with Gradebook(Path(sys.argv[1]), write=True) as book:
    print("ready", flush=True)
    while True:
        book.ledger.add(*(ScoreEntry("ben", "pair", "ada", kind="change", value=1.0),) * 2)
"""


def test_kill_in_the_middle_of_a_change_leaves_whole_changes(out):
    """Each change is one transaction: it is there whole, or not at all."""
    for wait_s in (0.0, 0.02, 0.05):
        command = [sys.executable, "-c", _WRITER, str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(wait_s)
            os.kill(process.pid, signal.SIGKILL)
        room = Desk(out).classroom()
        with Gradebook(out, write=False) as book:
            count = len(book.ledger.rows(ScoreEntry, "ben"))
        assert count % 2 == 0
        assert room.pupils["ben"].changed is (count > 0)
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_another_command_at_work_refuses_a_change_and_says_so(visitor, out):
    with Gradebook(out, write=True):
        answer = visitor.post("/s/ben/entry", data={"scope": "student", "points": "+1"})
        assert answer.status_code == 503
        assert "another nnlab is at work" in answer.text
        assert visitor.get("/s/ben").status_code == 200
    assert (
        visitor.post("/s/ben/entry", data={"scope": "student", "points": "+1"}).status_code == 200
    )


def test_many_graders_at_once_lose_no_entry(app, out):
    def grade(number: int) -> int:
        form = {"scope": "student", "points": "", "words": f"comment {number}"}
        return Visitor(app).post("/s/ben/entry", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(grade, range(24))) == {200}
    with Gradebook(out, write=False) as book:
        said = {one.reason for one in book.ledger.rows(ScoreEntry, "ben")}
    assert said == {f"comment {number}" for number in range(24)}


def test_of_many_graders_with_one_view_exactly_one_succeeds(app):
    seen = Visitor(app).seen("ben")
    form = {"scope": "student", "points": "+1", "words": "x", "seen": seen}
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(lambda _: Visitor(app).post("/s/ben/entry", data=form).status_code, "abcdef")
        )
    assert sorted(codes) == [200, 409, 409, 409, 409, 409]


def test_desk_notices_what_another_process_changed(out):
    desk = Desk(out)
    assert not desk.classroom().pupils["ben"].changed
    with Gradebook(out, write=True) as book:
        book.ledger.add(ScoreEntry("ben", "from outside", "cli", kind="change", value=1.0))
    assert desk.classroom().pupils["ben"].changed
    with pytest.raises(ConflictError):
        desk.add(ScoreEntry("ben", "late", "ada", kind="change", value=1.0), seen=0)


def test_own_change_is_the_same_as_reading_everything_again(out):
    desk = Desk(out)
    desk.classroom()
    desk.add(
        ScoreEntry(None, "all", "ada", scope="mistake", mistake="no-half", kind="change", value=-1)
    )
    desk.add(ScoreEntry("cy", "one", "ada", kind="absolute", value=3.0))
    assert desk.classroom().pupils == Desk(out).classroom().pupils


def test_taken_port_is_explained(out):
    import socket

    from tools.desk.server import serve

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(KitError, match="--port 0 takes a free one"):
            serve(out, port, print, browser=False)
