"""What a submission must not do, tried inside at every level, and once outside as a control."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import control
from .attempts import ATTEMPTS, PRELUDE
from .conftest import TOKEN, assert_honest, run

SECRET = "".join(["the answers ", "to everything"])

_VICTIM = (
    "import ctypes, sys, time\n"
    "kept = ctypes.create_string_buffer(sys.argv[1].encode())\n"
    "print(ctypes.addressof(kept), flush=True)\n"
    "time.sleep(600)\n"
)


def _place() -> dict:
    """A folder that any user may reach and change, with what the attempts look for."""
    folder = Path(tempfile.mkdtemp(prefix="nnlab-attempts-"))
    for name in ("answers", "removable", "movable", "long", "old"):
        (folder / name).write_text(SECRET)
        (folder / name).chmod(0o666)
    folder.chmod(0o777)
    answers = str(folder / "answers")
    return {"answers": answers, "folder": str(folder), "secret": SECRET, "token": TOKEN}


@pytest.fixture(scope="module")
def place():
    """Where things are, on this machine, for the runs inside; nothing may be changed there."""
    there = _place()
    folder = Path(there["folder"])
    victim = subprocess.Popen([sys.executable, "-c", _VICTIM, SECRET], stdout=subprocess.PIPE)
    with victim, ExitStack() as stack:
        assert victim.stdout is not None
        there |= control.listen(stack, there["folder"])
        yield there | {
            "victim": victim.pid,
            "address": int(victim.stdout.readline()),
            "everybody": 0,
        }
        alive = victim.poll() is None
        victim.kill()
    left = sorted(path.name for path in folder.iterdir())
    texts = {path.read_text() for path in folder.iterdir() if path.is_file()}
    shutil.rmtree(folder)
    assert alive
    assert left == ["answers", "long", "movable", "old", "removable", "socket"]
    assert texts == {SECRET}


def test_every_attempt_works_without_a_sandbox():
    """Otherwise it would prove nothing that it fails inside."""
    there = _place()
    done = subprocess.run(
        [sys.executable, "-m", control.__name__, json.dumps(there)],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "NNLAB_TOKEN": TOKEN, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )
    shutil.rmtree(there["folder"])
    if done.returncode:
        pytest.skip(f"no namespaces here to run the attempts in without harm: {done.stderr[-300:]}")
    worked = json.loads(done.stdout)
    assert len(worked) == len(ATTEMPTS) == 63
    assert [name for name, it_did in worked.items() if not it_did] == [], done.stderr


def _worked(sandbox, code, place) -> bool:
    """Whether it worked, and that the child lived to say so."""
    with sandbox.start() as child:
        got = run(child, PRELUDE + code, names=place)
    return bool(got.get("out")) and "raised" not in got


@pytest.mark.parametrize("level", ["full", "flat", "sealed"])
def test_every_attempt_fails_inside(sandbox_at, place, level):
    """Flat and sealed cannot hide that a path exists, only what is in it; their notice says so."""
    sandbox = sandbox_at(level)
    assert _worked(sandbox, "out = True", place)
    worked = [name for name, code in ATTEMPTS.items() if _worked(sandbox, code, place)]
    assert worked == ([] if level == "full" else ["stat a guessed path"])
    assert_honest(sandbox)


_PRIME = """
import linecache, sys
secret = ''.join(['ne', 'edle', '-of-', 'an', '-earlier'])
sys.modules['hidden_' + secret] = sys
linecache.cache[secret] = (1, None, [secret], secret)
np.hidden = [secret] * 10
public['mine'] = np.frombuffer(secret.encode() * 100, np.uint8).copy()
"""

# Every page in which a Python object lives, plus whatever such objects lead to.
_SEARCH = """
import ctypes, gc, linecache, sys
parts = ['ne', 'edle', '-of-', 'an', '-', place['word']]
pages = set()
gc.unfreeze()  # objects that the fork server froze are not listed
for thing in gc.get_objects():
    pages.add(id(thing) >> 12)
    pages.update(id(one) >> 12 for one in gc.get_referents(thing))
needle = ''.join(parts).encode()
own = {id(needle) >> 12, id(parts) >> 12}
memory = [ctypes.string_at(page << 12, 4096) for page in pages]
out = [len(memory), sum(needle in page for page in memory),
       needle.decode() in str(list(linecache.cache)) or needle.decode() in str(list(sys.modules))]
"""


def test_no_trace_of_an_earlier_child_in_memory(sandbox):
    with sandbox.start() as child:
        run(child, _PRIME)
        own = run(child, _SEARCH, names={"place": {"word": "earlier"}})["out"]
    with sandbox.start() as child:
        later = run(child, _SEARCH, names={"place": {"word": "earlier"}})["out"]
    # It finds what is there to be found, so that finding nothing means something.
    assert own[0] > 1000
    assert own[1] > 0
    assert own[2]
    assert later[0] > 1000
    assert later[2] is False
    assert later[1] <= 1  # at most the needle it was looking for


def test_only_the_four_descriptors_are_open(sandbox):
    code = (
        "import os\ndef there(fd):\n  try: os.fstat(fd)\n  except OSError: return False\n"
        "  return True\nout = [fd for fd in range(1024) if there(fd)]"
    )
    with sandbox.start() as child:
        assert run(child, code)["out"] == [0, 1, 2, 3]


def test_full_hides_host_and_user(sandbox_at):
    with sandbox_at("full").start() as child:
        code = "import os, sys; out = [os.uname().nodename, os.getuid(), os.getpid(), sys.argv]"
        assert run(child, code)["out"] == ["sandbox", 65534, 1, ["run"]]


def test_root_becomes_an_unused_uid(sandbox_at):
    if os.geteuid() != 0:
        pytest.skip("only root has something to give up")
    for level in ("flat", "sealed"):
        with sandbox_at(level).start() as child:
            assert 61184 <= run(child, "import os; out = os.getuid()")["out"] < 65280
