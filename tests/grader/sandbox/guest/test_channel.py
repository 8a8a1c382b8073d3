from __future__ import annotations

import socket
import sys
import threading

import numpy as np
import pytest

from grader.sandbox.guest import channel, frames


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, channel.Channel(theirs.fileno())


def test_questions_come_whole_however_they_are_cut(ends):
    ours, inside = ends
    frame = frames.encode({"a": 1}, {"x": np.arange(3)})
    pieces = [frame[:3], frame[3:9], frame[9:]]
    sender = threading.Thread(target=lambda: [ours.sendall(piece) for piece in pieces])
    sender.start()
    header, arrays = inside.receive()
    sender.join()
    assert header == {"a": 1}
    np.testing.assert_array_equal(arrays["x"], np.arange(3))


def test_no_more_questions_is_none(ends):
    ours, inside = ends
    ours.shutdown(socket.SHUT_WR)
    assert inside.receive() is None


def test_a_stream_that_ends_early_is_an_error(ends):
    ours, inside = ends
    ours.sendall(frames.encode({"a": 1})[:10])
    ours.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError, match="ends inside a frame"):
        inside.receive()


def test_what_was_printed_is_out_before_the_answer(ends, monkeypatch):
    ours, inside = ends
    order = []

    class Stream:
        def flush(self):
            order.append(ours_has_data(ours))

    monkeypatch.setattr(sys, "stdout", Stream())
    inside.send({"done": True})
    assert order == [False]
    assert ours_has_data(ours)


def test_an_unflushable_stream_costs_no_answer(ends, monkeypatch):
    ours, inside = ends
    monkeypatch.setattr(sys, "stdout", None)
    inside.send({"done": True})
    assert frames.decode(ours.recv(1000))[0] == {"done": True}


def ours_has_data(ours: socket.socket) -> bool:
    ours.setblocking(False)
    try:
        return bool(ours.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
