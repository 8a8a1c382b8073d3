"""Each way in which a child can fail to answer, what the student is told, and that it costs one."""

from __future__ import annotations

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

# code, how it ends, what is said, and limits where the usual ones would take too long
_ENDS = {
    "a loop": (_SPIN, Ended.TIMED_OUT, "CPU time limit of 0.1 s", {"cpu_s": 0.1}),
    "a loop in C": (
        _IGNORING + "\nsum(range(10**12))",
        Ended.TIMED_OUT,
        "CPU time limit of 0.1 s",
        {"cpu_s": 0.1},
    ),
    "a sleeper": (
        "import time; time.sleep(1000)",
        Ended.TIMED_OUT,
        "time limit of 0.1 s on the clock",
        {"wall_s": 0.1},
    ),
    "closes the channel and lingers": (
        "import os, time; os.close(3); time.sleep(1000)",
        Ended.KILLED,
        "ended early",
        {},
    ),
    "exits as if all were well": ("import os; os._exit(0)", Ended.KILLED, "ended early", {}),
    "raises SystemExit": ("raise SystemExit(0)", Ended.KILLED, "ended early", {}),
    "raises KeyboardInterrupt": ("raise KeyboardInterrupt", Ended.KILLED, "ended early", {}),
    "reads a null pointer": (
        "import ctypes; ctypes.string_at(0)",
        Ended.KILLED,
        "crashed (segmentation fault)",
        {},
    ),
    "aborts": ("import ctypes; ctypes.CDLL(None).abort()", Ended.KILLED, "crashed (", {}),
    "executes no instruction": (
        _EXECUTE.format(r"b'\x0f\x0b'"),
        Ended.KILLED,
        "crashed (",
        {},
    ),
    "prints without end": (
        "while True: print('x' * 100)",
        Ended.FLOODED,
        "printed more than 64 KiB",
        {},
    ),
    "prints without end to stderr": (
        "import os\nwhile True: os.write(2, b'x' * 100)",
        Ended.FLOODED,
        "printed more than 64 KiB",
        {},
    ),
    "prints without end from C": (
        "import ctypes\nwhile True: ctypes.CDLL(None).puts(b'x' * 1000)",
        Ended.FLOODED,
        "printed more than 64 KiB",
        {},
    ),
    "answers too much": (
        "sent = {'a': np.ones(100_000)}",
        Ended.FLOODED,
        "reply too large: 8000",
        {"max_reply_bytes": 100_000},
    ),
    "announces 2 GiB": (
        _WRITE + "write(b'\\xff\\xff\\xff\\x7f' + bytes(1000))",
        Ended.FLOODED,
        "reply too large: 2147483647 bytes",
        {},
    ),
    "announces less than nothing": (
        _WRITE + "write(bytes(8))",
        Ended.KILLED,
        "broke the protocol: a frame of 0 bytes",
        {},
    ),
    "answers byte by byte": (
        "import os, time\nos.write(3, b'\\xff\\xff\\0\\0' + bytes(4))\n"
        "while True: os.write(3, b'x'); time.sleep(0.02)",
        Ended.TIMED_OUT,
        "time limit of 0.1 s on the clock",
        {"wall_s": 0.1},
    ),
    "forges a shape": (
        _WRITE
        + "import struct, json\nt = json.dumps([{}, [['a', '<f8', [2**30, 2**30]]]]).encode()\n"
        "write(struct.pack('<II', 8 + len(t), len(t)) + t)",
        Ended.KILLED,
        "broke the protocol: an array of",
        {},
    ),
    "sends a pickle": (
        _WRITE + "import struct, json\nt = json.dumps([{}, [['a', '|O', [1]]]]).encode()\n"
        "write(struct.pack('<II', 16 + len(t), len(t)) + t + bytes(8))",
        Ended.KILLED,
        "broke the protocol: '|O' is none of the kinds",
        {},
    ),
    "sends deep nesting": (
        _WRITE
        + "import struct\nt = b'[' * 60_000\nwrite(struct.pack('<II', 8 + len(t), len(t)) + t)",
        Ended.KILLED,
        "broke the protocol: the header is not JSON",
        {},
    ),
    "says that it had no memory": (
        "import os; os._exit(12)",
        Ended.OUT_OF_MEMORY,
        "memory limit of 128 MB",
        {},
    ),
    "crashes when its memory is full": (
        "import ctypes\nkept = []\ntry:\n  while True: kept.append(b'x' * (1 << 20))\n"
        "except MemoryError: ctypes.string_at(0)",
        Ended.OUT_OF_MEMORY,
        "memory limit of 128 MB",
        {},
    ),
    "has an error text without end": (
        "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
        Ended.TIMED_OUT,
        "CPU time limit of 0.1 s",
        {"cpu_s": 0.1},
    ),
    "matches in C for ever": (
        "import re; re.match('(a+)+$', 'a' * 64 + 'b')",
        Ended.TIMED_OUT,
        "CPU time limit of 0.1 s",
        {"cpu_s": 0.1},
    ),
}


@pytest.mark.parametrize("name", _ENDS)
def test_the_end_of_a_child_is_named_and_the_next_one_is_fine(sandbox, name):
    code, ended, detail, limits = _ENDS[name]
    began = time.monotonic()
    with sandbox.start() as child:
        with pytest.raises(ChildEnded) as caught:
            run(child, code, **limits)
        assert caught.value.ended is ended
        assert caught.value.detail.startswith(detail)
        assert str(caught.value) == f"{ended}: {caught.value.detail}"
        with pytest.raises(ChildEnded) as again:
            run(child, "out = 1")
        assert again.value is caught.value
    assert time.monotonic() - began < 15
    assert len(child.output) <= 64 * 1024
    assert_honest(sandbox)


def test_memory_that_is_not_there_is_a_memory_error_that_can_be_caught(sandbox):
    with sandbox.start() as child:
        for code in (
            "bytearray(4 << 30)",
            "np.ones(3 << 27)",
            "a = []\nwhile 1: a.append([0] * 9999)",
        ):
            assert run(child, code)["raised"] in ("MemoryError", "_ArrayMemoryError")
            assert run(child, "a = None; out = 1") == {"out": 1}


def test_a_memory_error_that_nobody_caught_is_one_of_memory(sandbox):
    with sandbox.start() as child:
        run(child, "def receive(): raise MemoryError\nchannel.receive = receive")
        with pytest.raises(ChildEnded) as caught:
            run(child, "out = 1")
    assert caught.value.ended is Ended.OUT_OF_MEMORY


def test_a_second_answer_that_nobody_asked_for_ends_it(sandbox):
    with sandbox.start() as child:
        run(child, "channel.send({'out': 'first'}); out = 'second'")
        time.sleep(0.05)
        with pytest.raises(ChildEnded, match="broke the protocol: sent a reply without a question"):
            run(child, "out = 1")
    assert_honest(sandbox)


def test_a_child_that_never_reads_does_not_block_the_grader(sandbox):
    with sandbox.start() as child:
        replies = child.ask_all({"code": "channel.send({}); import time; time.sleep(100)"})
        replies.next(cpu_s=5, wall_s=20, max_reply_bytes=1000)
        with pytest.raises(ChildEnded, match=r"time limit of 0\.2 s on the clock"):
            run(child, "", {"a": np.zeros(2_000_000)}, wall_s=0.2)
    assert_honest(sandbox)


def test_a_child_that_will_not_go_is_ended_after_a_moment(sandbox):
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


def test_more_may_be_printed_than_is_kept_where_that_is_allowed():
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


def test_the_hard_limit_ends_a_child_that_nobody_watches():
    with Sandbox(RESPONDER, cpu_limit_s=1, allowed_modules=()) as sandbox:
        with sandbox.start() as child, pytest.raises(ChildEnded) as caught:
            run(child, _IGNORING + _SPIN, cpu_s=10.0)
        assert caught.value.ended is Ended.TIMED_OUT
        assert caught.value.detail == "CPU time limit of 1 s"


@pytest.mark.skipif("__import__('platform').machine() != 'x86_64'")
@pytest.mark.parametrize(
    "code",
    [
        # mov eax, 20; int 0x80; ret: getpid by the numbers of the 32-bit interface
        _EXECUTE.format(r"b'\xb8\x14\0\0\0\xcd\x80\xc3'"),
        "import ctypes; ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39))",
    ],
    ids=["i386", "x32"],
)
def test_numbers_of_another_architecture_kill(sandbox, code):
    with sandbox.start() as child, pytest.raises(ChildEnded) as caught:
        run(child, code)
    assert (caught.value.ended, caught.value.detail) == (
        Ended.KILLED,
        "used a forbidden system interface",
    )
    assert_honest(sandbox)
