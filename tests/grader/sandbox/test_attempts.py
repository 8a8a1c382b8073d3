"""What a submission must not do, tried inside at every level, and once outside as a control."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from . import attempts, control
from .conftest import TOKEN, assert_honest, run

SECRET = "".join(["the answers ", "to everything"])

# Flat and sealed cannot hide that a path exists, only what is in it.
_ONLY_FULL = {"stat_a_guessed_path"}

_VICTIM = (
    "import ctypes, sys, time\n"
    "kept = ctypes.create_string_buffer(sys.argv[1].encode())\n"
    "print(ctypes.addressof(kept), flush=True)\n"
    "time.sleep(600)\n"
)


def _folder() -> Path:
    """A folder that any user may reach and change, with what the attempts look for."""
    folder = Path(tempfile.mkdtemp(prefix="nnlab-attempts-"))
    for name, text in {
        "answers": SECRET,
        "removable": "",
        "movable": "",
        "long": "text",
        "old": "",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o666)
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def place():
    """Where things are, on this machine, for the runs inside."""
    folder = _folder()
    victim = subprocess.Popen([sys.executable, "-c", _VICTIM, SECRET], stdout=subprocess.PIPE)
    with (
        victim,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        assert victim.stdout is not None
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        unix.listen()
        yield {
            "answers": str(folder / "answers"),
            "folder": str(folder),
            "secret": SECRET,
            "token": TOKEN,
            "victim": victim.pid,
            "address": int(victim.stdout.readline()),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "socket": str(folder / "socket"),
            "everybody": 0,
        }
        alive = victim.poll() is None
        victim.kill()
    left = sorted(path.name for path in folder.iterdir())
    answers = (folder / "answers").read_text()
    shutil.rmtree(folder)
    assert alive
    assert left == ["answers", "long", "movable", "old", "removable", "socket"]
    assert answers == SECRET


@pytest.fixture(scope="module")
def outside():
    """Attempt -> whether it works without a sandbox."""
    folder = _folder()
    place = {"answers": str(folder / "answers"), "folder": str(folder), "secret": SECRET}
    done = subprocess.run(
        [sys.executable, "-m", control.__name__, json.dumps({**place, "token": TOKEN})],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "NNLAB_TOKEN": TOKEN, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )
    shutil.rmtree(folder)
    if done.returncode:
        pytest.skip(f"no namespaces here to run the attempts in without harm: {done.stderr[-300:]}")
    return json.loads(done.stdout), done.stderr


def test_every_attempt_works_without_a_sandbox(outside):
    worked, said = outside
    assert len(worked) >= 40
    assert [name for name, it_did in worked.items() if not it_did] == [], said


def _worked(sandbox, name, place) -> bool:
    """Whether it worked, and that the child lived to say so."""
    source = inspect.getsource(getattr(attempts, name))
    with sandbox.start() as child:
        got = run(child, f"{source}\nout = {name}(place)", names={"place": place})
    return bool(got.get("out")) and "raised" not in got


@pytest.mark.parametrize("name", control.names())
def test_it_fails_inside(sandbox, place, name):
    if name in _ONLY_FULL and sandbox.level != "full":
        pytest.skip(f"not covered at level {sandbox.level}, and its notice says so")
    assert not _worked(sandbox, name, place)


def test_all_of_them_fail_at_level_sealed(sandbox_at, place):
    sealed = sandbox_at("sealed")
    tried = [name for name in control.names() if name not in _ONLY_FULL]
    assert [name for name in tried if _worked(sealed, name, place)] == []
    assert_honest(sealed)


def test_an_honest_child_is_fine_after_all_of_them(sandbox):
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


def test_nothing_of_an_earlier_child_is_in_a_later_ones_memory(sandbox):
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


def test_neither_host_nor_user_show_at_level_full(sandbox_at):
    with sandbox_at("full").start() as child:
        code = "import os, sys; out = [os.uname().nodename, os.getuid(), os.getpid(), sys.argv]"
        assert run(child, code)["out"] == ["sandbox", 65534, 1, ["run"]]


def test_root_is_given_up_for_an_unused_uid_at_every_level(sandbox_at):
    if os.geteuid() != 0:
        pytest.skip("only root has something to give up")
    for level in ("flat", "sealed"):
        with sandbox_at(level).start() as child:
            assert 61184 <= run(child, "import os; out = os.getuid()")["out"] < 65280
