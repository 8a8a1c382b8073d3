"""The fork server itself: it dies, is replaced, leaks nothing and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from grader.engine.observation import Ended
from grader.errors import SandboxError
from grader.sandbox.host import ChildEnded, Sandbox, server
from grader.sandbox.host import sandbox as sandbox_module

from .conftest import RESPONDER, assert_honest


@pytest.fixture(params=["full", "flat"])
def own_sandbox(request, sandbox_at, quick_start):
    """A sandbox that the test may break."""
    sandbox_at(request.param)  # skips where there is none
    with Sandbox(RESPONDER, isolation=request.param, allowed_modules=()) as sandbox:
        yield sandbox


def _parents() -> dict[int, int]:
    """Process -> its parent, of all that run."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def _family(root: int) -> set[int]:
    """A process and all that descend from it."""
    parents = _parents()
    family = {root} & parents.keys()
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _wait_until_gone(pids: set[int], within_s: float = 10.0) -> set[int]:
    end_s = time.monotonic() + within_s
    while (left := pids & _parents().keys()) and time.monotonic() < end_s:
        time.sleep(0.02)
    return left


def _kill(pids: set[int]) -> None:
    """Kill, and wait for the effect: a signal takes its time."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert _wait_until_gone(pids) == set()


def test_a_server_killed_between_children_is_replaced(own_sandbox):
    for victim in (min, max):  # the process that waits outside, and the server itself
        family = _family(own_sandbox._server._process.pid)
        os.kill(victim(family), signal.SIGKILL)
        assert _wait_until_gone(family) == set()
        assert_honest(own_sandbox)


def test_a_server_killed_meanwhile_is_our_failure(own_sandbox):
    family = _family(own_sandbox._server._process.pid)
    with own_sandbox.start() as child:
        replies = child.ask_all({"code": "import time; time.sleep(60)"})
        _kill(family)
        with pytest.raises(ChildEnded) as caught:
            replies.next(cpu_s=5, wall_s=20, max_reply_bytes=1000)
    assert caught.value.ended is Ended.SANDBOX_FAILED
    assert caught.value.detail == "the sandbox broke down"
    assert_honest(own_sandbox)


def test_an_irreplaceable_server_is_an_error(own_sandbox, monkeypatch):
    _kill(_family(own_sandbox._server._process.pid))
    monkeypatch.setattr("grader.sandbox.host.server._BOOT", "import sys; sys.exit('no luck today')")
    with pytest.raises(SandboxError, match="the fork server died:\nno luck today"):
        own_sandbox.start()


def test_a_fresh_server_comes_now_and_then(own_sandbox, monkeypatch):
    monkeypatch.setattr(sandbox_module, "CHILDREN_PER_SERVER", 4)
    seen = set()
    for _ in range(6):
        assert_honest(own_sandbox)
        seen.add(own_sandbox._server._process.pid)
    assert len(seen) == 2


def test_nothing_is_left_after_close(own_sandbox):
    child = own_sandbox.start()
    child.ask_all({"code": "while True: pass"})
    family = _family(own_sandbox._server._process.pid)
    assert len(family) >= 2
    own_sandbox.close()
    own_sandbox.close()
    assert _wait_until_gone(family) == set()


_GRADER = '''
import sys, time
from grader.sandbox.host import Sandbox, server
server.imports_everything = lambda level: False
sandbox = Sandbox(sys.argv[1], isolation=sys.argv[2], trust_submissions=True, allowed_modules=())
child = sandbox.start()
spin = """
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
replies = child.ask_all({"code": spin})
print("asking", flush=True)
replies.next(cpu_s=600, wall_s=600, max_reply_bytes=1000)
'''


@pytest.mark.parametrize("level", ["full", "flat", "none"])
def test_nothing_outlives_a_killed_grader(sandbox_at, level):
    sandbox_at(level)
    grader = subprocess.Popen(
        [sys.executable, "-c", _GRADER, str(RESPONDER), level],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
    )
    with grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"asking\n"
        time.sleep(0.2)
        family = _family(grader.pid)
        assert len(family) >= 3  # itself, the server, a child that spins
        grader.kill()
    assert _wait_until_gone(family) == set()


def test_children_leak_neither_descriptors_nor_memory(own_sandbox):
    def ours() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def theirs() -> tuple[int | None, int]:
        pid = max(_family(own_sandbox._server._process.pid))
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        try:
            return len(list(Path(f"/proc/{pid}/fd").iterdir())), resident
        except PermissionError:  # the server is not for an ordinary user to look into
            return None, resident

    question = {"x": np.zeros(1000)}
    limits = {"cpu_s": 5.0, "wall_s": 20.0, "max_reply_bytes": 20_000}
    for number in range(70):
        with own_sandbox.start() as child:
            child.ask({}, question, **limits)
        child.close()
        if number == 9:
            before_ours, before_theirs = ours(), theirs()
    after_ours, after_theirs = ours(), theirs()
    assert after_ours == before_ours
    assert after_theirs[0] == before_theirs[0]
    assert after_theirs[1] - before_theirs[1] < 80  # pages, from 60 children


def test_an_unusable_responder_is_named(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("import nothing_of_this_name")
    with pytest.raises(SandboxError, match="No module named 'nothing_of_this_name'"):
        Sandbox(broken, allowed_modules=())
    with pytest.raises(SandboxError, match=r"absent\.py"):
        Sandbox(tmp_path / "absent.py", allowed_modules=())
    with pytest.raises(SandboxError, match="is not a python file"):
        Sandbox(tmp_path / "absent.txt", allowed_modules=())


def test_a_missing_allowed_module_is_named():
    with pytest.raises(
        SandboxError,
        match="scipy_of_the_future, which submissions may import, cannot be imported here",
    ):
        Sandbox(RESPONDER, allowed_modules=("math", "scipy_of_the_future"))


def test_more_than_one_blas_thread_is_refused(monkeypatch):
    """Such a server would hang at the first product in a child."""
    monkeypatch.setattr(server, "_ENVIRONMENT", {})
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor, one thread")
    with pytest.raises(SandboxError, match="numpy's BLAS must have one"):
        Sandbox(RESPONDER, allowed_modules=())


def test_a_refused_fork_is_our_failure(tmp_path):
    responder = tmp_path / "greedy.py"
    responder.write_text(
        "import os\n"
        "def refuse(): raise OSError(11, 'Resource temporarily unavailable')\n"
        "def prepare(header, arrays): os.fork = refuse\n"
        "def serve(channel, prepared): pass\n"
    )
    with (
        Sandbox(responder, isolation="none", trust_submissions=True, allowed_modules=()) as sandbox,
        pytest.raises(SandboxError, match=r"no child could be started: .*unavailable"),
    ):
        sandbox.start()
