"""Asking and answering while all goes well."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.host import Sandbox

from .conftest import RESPONDER, assert_honest, run

_LIMITS = {"cpu_s": 5.0, "wall_s": 20.0, "max_reply_bytes": 40_000_000}

# Everything that BLAS and numpy do in a training, as one number.
_ARITHMETIC = """
import hashlib
import numpy as np
rng = np.random.RandomState(3)
seen = hashlib.sha256()
for rows, inner, columns in ((5, 4, 3), (64, 64, 64), (200, 784, 50), (1, 7, 1)):
    a, b = rng.randn(rows, inner), rng.randn(inner, columns)
    seen.update((a @ b).tobytes() + (b.T @ a.T).tobytes() + np.exp(a).sum(axis=0).tobytes())
seen.update(np.linalg.svd(rng.randn(20, 20))[1].tobytes())
out = seen.hexdigest()
"""


@pytest.fixture(params=["full", "flat", "sealed", "none"])
def any_level(request, sandbox_at):
    return sandbox_at(request.param)


def test_a_question_comes_back_with_its_arrays(any_level):
    arrays = {"W": np.ones((3, 2)), "y": np.arange(4, dtype=np.int32)}
    with any_level.start() as child:
        reply = child.ask({"id": 7, "x": [float("inf")]}, arrays, **_LIMITS)
    assert reply.header == {"id": 7, "x": [float("inf")]}
    np.testing.assert_array_equal(reply.arrays["W"], arrays["W"])
    assert reply.arrays["y"].dtype == np.int32


def test_large_questions_and_answers_go_through(any_level):
    images = np.arange(4_000_000, dtype=float)
    with any_level.start() as child:
        reply = child.ask({}, {"images": images}, **_LIMITS)
    assert hashlib.sha256(reply.arrays["images"]).digest() == hashlib.sha256(images).digest()


def test_children_see_the_prepared_public_arrays(any_level):
    with any_level.start() as child:
        assert run(child, "out = public['x'].tolist()")["out"] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_answers_to_one_frame_come_singly(any_level):
    code = "channel.send({'first': 1}); print('between'); channel.send({'second': 2}); out = 3"
    with any_level.start() as child:
        replies = child.ask_all({"code": code})
        got = [replies.next(**_LIMITS).header for _ in range(3)]
        assert got == [{"first": 1}, {"second": 2}, {"out": 3}]
        assert run(child, "out = 4")["out"] == 4
    assert child.output == "between\n"


def test_both_printed_streams_are_kept(any_level):
    with any_level.start() as child:
        run(child, "import sys; print('\\x1b[1mhello'); print('warning', file=sys.stderr)")
        run(child, "print('again \\udcff', end='')")
    assert sorted(child.output.splitlines()) == ["again \\udcff", "hello", "warning"]


def test_usage_counts_the_whole_life(any_level):
    with any_level.start() as child:
        run(
            child, "import time; t = time.process_time()\nwhile time.process_time() - t < 0.2: pass"
        )
        run(child, "a = np.ones(40 << 17); out = None")
    usage = child.close()
    assert 0.2 <= usage.cpu_s < 2.0
    assert usage.wall_s >= usage.cpu_s * 0.9
    assert 40 <= usage.peak_memory_mb < 120


def test_children_leave_nothing_to_the_next(any_level):
    with any_level.start() as child:
        run(child, "import math; math.secret = 1; np.random.seed(1); public['x'][:] = -1")
    with any_level.start() as child:
        assert run(child, "import math; out = hasattr(math, 'secret')")["out"] is False
        assert run(child, "out = public['x'].tolist()")["out"] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_the_bits_are_those_of_fresh_processes(any_level):
    fresh = subprocess.run(
        [sys.executable, "-c", _ARITHMETIC + "print(out)"],
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(np.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    for _ in range(2):
        with any_level.start() as child:
            assert run(child, _ARITHMETIC)["out"] == fresh.stdout.strip()


def test_hashes_agree_among_fork_servers(sandbox_at):
    with Sandbox(RESPONDER, allowed_modules=()) as other, other.start() as child:
        first = run(child, "out = hash('W1')")["out"]
    with sandbox_at(other.level).start() as child:
        assert run(child, "out = hash('W1')")["out"] == first


@pytest.mark.parametrize(
    ("code", "levels"),
    [
        ("import matplotlib.pyplot as plt; plt.plot([1]); out = 1", ("full", "flat", "sealed")),
        ("import random, pickle, gzip, numpy.testing; out = 1", ("full", "flat", "sealed")),
        ("import wave, xml.dom.minidom; out = 1", ("full",)),
    ],
)
def test_usual_imports_work(sandbox_at, code, levels):
    for level in levels:
        with sandbox_at(level).start() as child:
            assert run(child, code) == {"out": 1}


@pytest.mark.parametrize("name", ["scipy", "sklearn", "grader", "click", "numpy.nothing"])
def test_what_is_not_there_is_called_missing(sandbox, name):
    with sandbox.start() as child:
        got = run(child, f"import {name}")
    assert got["raised"] == "ModuleNotFoundError"
    assert f"No module named '{name}'" in got["says"]


def test_a_closed_child_takes_no_questions(sandbox):
    child = sandbox.start()
    usage = child.close()
    assert child.close() is usage
    with pytest.raises(RuntimeError, match="the child has been closed"):
        child.ask({}, **_LIMITS)


def test_the_next_child_closes_the_last(sandbox):
    first = sandbox.start()
    second = sandbox.start()
    with pytest.raises(RuntimeError, match="the child has been closed"):
        run(first, "out = 1")
    assert run(second, "out = 1")["out"] == 1
    second.close()
    assert_honest(sandbox)
