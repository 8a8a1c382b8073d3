from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from itertools import chain, repeat

import numpy as np
import pytest

from grader.engine.observation import Ended
from grader.sandbox.guest import frames
from grader.sandbox.host import exchange
from grader.sandbox.host import process as process_module
from grader.sandbox.host.exchange import Broken, Deadline, Exchange, Gone
from grader.sandbox.host.process import ChildProcess


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_an_answer_may_come_in_pieces(ends):
    ours, theirs = ends
    exchange = Exchange(ours, b"question")
    exchange.expect(1000)
    answer = frames.encode({"a": 1})
    assert not exchange.advance()
    assert theirs.recv(100) == b"question"
    for byte in answer[:-1]:
        theirs.send(bytes([byte]))
        assert not exchange.advance()
    theirs.send(answer[-1:])
    assert exchange.advance()
    assert exchange.reply() == ({"a": 1}, {}, answer)


def test_two_answers_at_once_are_kept_apart(ends):
    ours, theirs = ends
    exchange = Exchange(ours, b"")
    theirs.send(frames.encode({"a": 1}) + frames.encode({"a": 2}))
    for number in (1, 2):
        exchange.expect(1000)
        assert exchange.advance()
        assert exchange.reply()[0] == {"a": number}


def test_a_large_question_goes_out_in_pieces(ends):
    ours, theirs = ends
    question = bytes(3_000_000)
    exchange = Exchange(ours, question)
    received = 0
    while received < len(question):
        assert not exchange.advance()
        received += len(theirs.recv(1 << 20))
    assert exchange.events() & 4 == 0  # nothing left to write


def test_the_limit_counts_before_anything_is_allocated(ends):
    ours, theirs = ends
    exchange = Exchange(ours, b"")
    exchange.expect(1000)
    theirs.send(frames.PREFIX.pack(2**32 - 1, 0))
    with pytest.raises(Broken, match="reply too large: 4294967295 bytes, at most 1000") as caught:
        exchange.advance()
    assert caught.value.ended is Ended.FLOODED


def test_nobody_at_the_other_end_is_told_apart(ends):
    ours, theirs = ends
    theirs.close()
    for question in (b"", b"question"):
        with pytest.raises(Gone):
            Exchange(ours, question).advance()


def test_data_before_the_question_is_no_answer(ends):
    ours, theirs = ends
    theirs.send(frames.encode({"a": 1}))
    with pytest.raises(Broken, match="sent a reply without a question"):
        Exchange(ours, b"question").advance()


class _Clock:
    """A child that uses CPU time, and time of its own, as a test says."""

    def __init__(self, *readings: float, own_s: tuple[float, ...] = ()) -> None:
        self._readings = iter(readings)
        self._own_s = chain(own_s, repeat(0.0))

    def cpu_s(self) -> float:
        return next(self._readings)

    def own_s(self) -> float:
        return next(self._own_s)


def test_sleep_lasts_as_long_as_the_budget():
    deadline = Deadline(_Clock(5.0, 5.0, 6.5, 6.9999), cpu_s=2.0, wall_s=1000)
    assert deadline.wait_ms() == 2000
    assert deadline.wait_ms() == 500
    assert deadline.wait_ms() == 5  # never busier than this


def test_time_on_the_clock_counts_as_well():
    assert Deadline(_Clock(0.0, 0.0), cpu_s=1000, wall_s=0.5).wait_ms() <= 500


def test_the_limit_that_was_passed_is_named():
    with pytest.raises(Broken, match=r"^CPU time limit of 2\.5 s$"):
        Deadline(_Clock(1.0, 3.5), cpu_s=2.5, wall_s=1000).wait_ms()
    with pytest.raises(Broken, match=r"^time limit of 0 s on the clock$"):
        Deadline(_Clock(1.0, 1.0, own_s=(3.0, 3.0)), cpu_s=2.5, wall_s=0).wait_ms()


@pytest.fixture
def spinning():
    process = subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"])
    with process:
        seen = ChildProcess(os.pidfd_open(process.pid))
        yield process, seen
        seen.close()
        process.kill()


def test_waiting_too_long_for_a_core_blames_nobody(monkeypatch):
    monkeypatch.setattr(exchange.time, "monotonic", iter([0.0, 20.0, 20.1]).__next__)
    deadline = Deadline(_Clock(0.0, 0.0, 0.0), cpu_s=1, wall_s=1)
    assert deadline.wait_ms() == 1000
    with pytest.raises(Broken) as broken:
        deadline.wait_ms()
    assert broken.value.ended is Ended.SANDBOX_FAILED


@pytest.mark.parametrize("counted", [True, False], ids=["schedstat", "load"])
def test_waiting_for_a_core_is_not_own_time(spinning, monkeypatch, counted):
    """Two processes on one core: each waits for half of the time."""
    process, seen = spinning
    if not counted:
        monkeypatch.setattr(process_module, "_run_queue_s", lambda pid: 0.0)
        monkeypatch.setattr(os, "getloadavg", lambda: (2.0 * len(os.sched_getaffinity(0)), 0, 0))
    core = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(process.pid, core)
    with subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) as rival:
        os.sched_setaffinity(rival.pid, core)
        began_s, own_s = time.monotonic(), seen.own_s()
        time.sleep(1.0)
        elapsed_s, own_s = time.monotonic() - began_s, seen.own_s() - own_s
        rival.kill()
    assert seen.waited_s() > 0.25
    assert own_s < 0.75 * elapsed_s


def test_sleep_is_own_time():
    with subprocess.Popen(["sleep", "30"]) as process:
        seen = ChildProcess(os.pidfd_open(process.pid))
        time.sleep(0.3)
        own_s = seen.own_s()
        seen.kill()
        seen.close()
    assert own_s > 0.2


def test_the_cpu_clock_is_the_childs_own(spinning):
    _, seen = spinning
    end_s = time.monotonic() + 20
    while seen.cpu_s() < 0.05 and time.monotonic() < end_s:
        time.sleep(0.01)
    before, ours = seen.cpu_s(), time.process_time()
    np.ones((200, 200)) @ np.ones((200, 200))
    assert before >= 0.05
    assert seen.cpu_s() >= before
    assert time.process_time() > ours


def test_after_its_end_the_last_reading_stays(spinning):
    process, seen = spinning
    while not seen.cpu_s():
        time.sleep(0.01)
    assert seen.alive()
    seen.kill()
    assert seen.wait(20)
    assert not seen.alive()
    last = seen.cpu_s()
    assert process.wait() == -signal.SIGKILL
    assert seen.cpu_s() == last > 0
    seen.kill()  # nobody there any more: no error, and nobody else is hit
