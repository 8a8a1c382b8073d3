"""Each way in which a child can fail to answer, what the student is told, and that it costs one."""

from __future__ import annotations

import platform
import time

import numpy as np
import pytest

from grader.engine.observation import Ended
from grader.sandbox.host import ChildEnded, Sandbox

from .conftest import RESPONDER, assert_honest, run

_SPIN = "\nwhile True: pass"
_IGNORING = """
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
"""
_EXECUTE = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write({})
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""
_WRITE = "import os\ndef write(data):\n  while data: data = data[os.write(3, data):]\n"

_FORGED = _WRITE + "import struct\nwrite(struct.pack('<II', 8 + len(t) + {}, len(t)) + t)"
_NO_MEMORY = "out of memory: memory limit of 128 MB"

# The code that misbehaves, and the message about how it ended. The limits are short.
_ENDS = {
    "a loop": (_SPIN, "timed out: CPU time limit of 0.1 s"),
    "a loop in C": (_IGNORING + "\nsum(range(10**12))", "timed out: CPU time limit of 0.1 s"),
    "a sleeper": ("import time; time.sleep(1000)", "timed out: time limit of 0.1 s on the clock"),
    "closes the channel and lingers": (
        "import os, time; os.close(3); time.sleep(1000)",
        "killed: ended early",
    ),
    "exits as if all were well": ("import os; os._exit(0)", "killed: ended early"),
    "raises SystemExit": ("raise SystemExit(0)", "killed: ended early"),
    "raises KeyboardInterrupt": ("raise KeyboardInterrupt", "killed: ended early"),
    "reads a null pointer": (
        "import ctypes; ctypes.string_at(0)",
        "killed: crashed (segmentation fault)",
    ),
    "aborts": ("import ctypes; ctypes.CDLL(None).abort()", "killed: crashed ("),
    "executes no instruction": (_EXECUTE.format(r"b'\x0f\x0b'"), "killed: crashed ("),
    "prints without end": ("while True: print('x' * 100)", "flooded: printed more than 64 KiB"),
    "prints without end to stderr": (
        "import os\nwhile True: os.write(2, b'x' * 100)",
        "flooded: printed more than 64 KiB",
    ),
    "prints without end from C": (
        "import ctypes\nwhile True: ctypes.CDLL(None).puts(b'x' * 1000)",
        "flooded: printed more than 64 KiB",
    ),
    "answers too much": ("sent = {'a': np.ones(100_000)}", "flooded: reply too large: 8000"),
    "announces 2 GiB": (
        _WRITE + "write(b'\\xff\\xff\\xff\\x7f' + bytes(1000))",
        "flooded: reply too large: 2147483647 bytes",
    ),
    "announces less than nothing": (
        _WRITE + "write(bytes(8))",
        "killed: broke the protocol: a frame of 0 bytes",
    ),
    "answers byte by byte": (
        "import os, time\nos.write(3, b'\\xff\\xff\\0\\0' + bytes(4))\n"
        "while True: os.write(3, b'x'); time.sleep(0.02)",
        "timed out: time limit of 0.1 s on the clock",
    ),
    "forges a shape": (
        't = b\'[{}, [["a", "<f8", [1073741824, 1073741824]]]]\'\n' + _FORGED.format(0),
        "killed: broke the protocol: an array of",
    ),
    "sends a pickle": (
        't = b\'[{}, [["a", "|O", [1]]]]\'\n' + _FORGED.format(8) + "\nwrite(bytes(8))",
        "killed: broke the protocol: '|O' is none of the kinds",
    ),
    "sends deep nesting": (
        "t = b'[' * 60_000\n" + _FORGED.format(0),
        "killed: broke the protocol: the header is not JSON",
    ),
    "says that it had no memory": ("import os; os._exit(12)", _NO_MEMORY),
    "crashes when its memory is full": (
        "import ctypes\nkept = []\ntry:\n  while True: kept.append(b'x' * (1 << 20))\n"
        "except MemoryError: ctypes.string_at(0)",
        _NO_MEMORY,
    ),
    "finds no memory for the next question": (
        "def receive(): raise MemoryError\nchannel.receive = receive",
        _NO_MEMORY,
    ),
    "has an error text without end": (
        "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
        "timed out: CPU time limit of 0.1 s",
    ),
    "matches in C for ever": (
        "import re; re.match('(a+)+$', 'a' * 64 + 'b')",
        "timed out: CPU time limit of 0.1 s",
    ),
    "uses i386's calls": (  # mov eax, 20; int 0x80; ret: getpid by their numbers
        _EXECUTE.format(r"b'\xb8\x14\0\0\0\xcd\x80\xc3'"),
        "killed: used a forbidden system interface",
    ),
    "uses x32's calls": (
        "import ctypes; ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39))",
        "killed: used a forbidden system interface",
    ),
}


@pytest.mark.parametrize("name", _ENDS)
def test_the_end_of_a_child_is_named(sandbox, name):
    """And the child after it is fine."""
    code, told = _ENDS[name]
    if name.startswith("uses ") and platform.machine() != "x86_64":
        pytest.skip("another processor")
    limits = {"cpu_s": 0.1} if "CPU time" in told else {"wall_s": 0.1} if "clock" in told else {}
    began = time.monotonic()
    with sandbox.start() as child:
        with pytest.raises(ChildEnded) as caught:
            [run(child, text, **limits) for text in (code, "out = 1")]
        assert str(caught.value).startswith(told)
        with pytest.raises(ChildEnded) as again:
            run(child, "out = 1")
        assert again.value is caught.value
    assert time.monotonic() - began < 15
    assert len(child.output) <= 64 * 1024
    assert_honest(sandbox)


def test_missing_memory_is_an_error_to_catch(sandbox):
    with sandbox.start() as child:
        for code in (
            "bytearray(4 << 30)",
            "np.ones(3 << 27)",
            "a = []\nwhile 1: a.append([0] * 9999)",
        ):
            assert run(child, code)["raised"] in ("MemoryError", "_ArrayMemoryError")
            assert run(child, "a = None; out = 1") == {"out": 1}


def test_an_answer_without_a_question_ends_it(sandbox):
    with sandbox.start() as child:
        run(child, "channel.send({'out': 'first'}); out = 'second'")
        time.sleep(0.05)
        with pytest.raises(ChildEnded, match="broke the protocol: sent a reply without a question"):
            run(child, "out = 1")
    assert_honest(sandbox)


def test_a_child_that_never_reads_blocks_nobody(sandbox):
    with sandbox.start() as child:
        replies = child.ask_all({"code": "channel.send({}); import time; time.sleep(100)"})
        replies.next(cpu_s=5, wall_s=20, max_reply_bytes=1000)
        with pytest.raises(ChildEnded, match=r"time limit of 0\.2 s on the clock"):
            run(child, "", {"a": np.zeros(2_000_000)}, wall_s=0.2)
    assert_honest(sandbox)


def test_a_child_that_lingers_is_ended(sandbox):
    child = sandbox.start()
    run(child, "channel.receive = lambda: __import__('time').sleep(100)")
    began = time.monotonic()
    child.close()
    assert time.monotonic() - began < 5
    assert_honest(sandbox)


def test_a_flood_at_the_end_is_cut(sandbox):
    child = sandbox.start()
    run(child, "import time\ndef f():\n  while True: print('x' * 99)\nchannel.receive = f")
    child.close()
    assert len(child.output) == 64 * 1024
    assert_honest(sandbox)


def test_more_may_be_printed_than_is_kept():
    code = "print('first'); print('x' * {}); out = 1"
    with (
        Sandbox(RESPONDER, output_bytes=1_000_000, allowed_modules=()) as sandbox,
        sandbox.start() as child,
    ):
        assert run(child, code.format(500_000))["out"] == 1
        assert child.output.startswith("first\nxxx")
        assert len(child.output) == 64 * 1024
        with pytest.raises(ChildEnded, match="flooded: printed more than 1 MB"):
            run(child, code.format(600_000))


def test_what_was_printed_before_a_crash_is_kept(sandbox):
    with sandbox.start() as child:
        run(child, "print('epoch 1')")
        with pytest.raises(ChildEnded):
            run(child, "import ctypes; ctypes.string_at(0)")
    assert child.output == "epoch 1\n"


def test_time_of_a_loaded_machine_is_not_charged(sandbox):
    """A child that waits uses no CPU time, however long the wait."""
    with sandbox.start() as child:
        assert run(child, "import time; time.sleep(0.5); out = 1", cpu_s=0.2)["out"] == 1


def test_the_hard_limit_ends_an_unwatched_child():
    with Sandbox(RESPONDER, cpu_limit_s=1, allowed_modules=()) as sandbox:
        with sandbox.start() as child, pytest.raises(ChildEnded) as caught:
            run(child, _IGNORING + _SPIN, cpu_s=10.0)
        assert caught.value.ended is Ended.TIMED_OUT
        assert caught.value.detail == "CPU time limit of 1 s"
