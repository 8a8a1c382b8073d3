"""The private root and the namespaces, entered by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.guest import kernel, namespaces
from tests.grader.sandbox.guest.alone import alone

_ENTER = """
import json, os, socket, sys  # now: the real library is gone in a moment
from pathlib import Path
from grader.sandbox.guest import kernel, layout, namespaces, private_root
tree = sys.argv[1]
shown = layout.Layout((tree,), (tree + "/site-packages",), (tree + "/site-packages/numpy",))
proc = os.open("/proc", os.O_PATH)
try:
    namespaces.enter(lambda: private_root.enter(shown), proc)
except OSError as error:
    print(json.dumps(str(error)))
    sys.exit()
def fails(call):
    try:
        call()
    except OSError as error:
        return error.strerror
print(json.dumps({
    "pid": os.getpid(),
    "uid": os.getuid(),
    "host": os.uname().nodename,
    "top": sorted(set(os.listdir("/")) - {"lib", "lib32", "lib64", "libx32"}),
    "library": Path(tree, "os.py").read_text(),
    "packages": os.listdir(tree + "/site-packages"),
    "numpy": Path(tree, "site-packages/numpy/core.py").read_text(),
    "write": [fails(lambda: Path(folder, "new").write_text(""))
              for folder in ("/", tree, tree + "/site-packages", tree + "/site-packages/numpy")],
    "null": Path("/dev/null").read_text(),
    "random": len(os.urandom(4)),
    "interfaces": [name for _, name in socket.if_nameindex()],
}))
"""


@pytest.fixture
def tree(tmp_path):
    """A standard library with two installed packages, one of which holds answers."""
    root = tmp_path / "python3"
    for name in ("os.py", "site-packages/numpy/core.py", "site-packages/grader/answers.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def _entered(tree: Path) -> dict:
    got = alone(_ENTER, str(tree))
    if isinstance(got, str):
        pytest.skip(f"no namespaces here: {got}")
    return got


def test_inside_are_only_the_library_and_numpy(tree):
    """Nothing can be written, and one is nobody, alone and on no network."""
    got = _entered(tree)
    assert set(got.pop("top")) == {"dev", tree.parts[1]}
    assert got == {
        "pid": 1,
        "uid": 65534,
        "host": "sandbox",
        "library": "os.py",
        "packages": ["numpy"],
        "numpy": "site-packages/numpy/core.py",
        "write": ["Read-only file system"] * 4,
        "null": "",
        "random": 4,
        "interfaces": ["lo"],
    }


def test_a_library_behind_a_link_is_shown_there(tree, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tree)
    assert _entered(link)["library"] == "os.py"


def test_the_process_left_outside_carries_the_exit_status():
    code = (
        "import os\n"
        "from grader.sandbox.guest import namespaces\n"
        "namespaces.enter(lambda: None, os.open('/proc', os.O_PATH))\n"
        "os._exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    if b"OSError" in done.stderr:
        pytest.skip("no namespaces here")
    assert done.returncode == 7


_LEAVE = """
import json, os
from grader.sandbox.guest import kernel, namespaces
if {powerless}:
    kernel.drop_capabilities()
namespaces.leave_root()
print(json.dumps([os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]))
"""


def test_root_becomes_an_unused_user_without_groups():
    uid, euid, gid, groups = alone(_LEAVE.format(powerless=False))
    if os.geteuid() != 0:
        assert uid == os.geteuid()
        return
    assert 61184 <= uid < 65280
    assert uid == euid == gid
    assert groups == []


def test_a_powerless_root_stays_root():
    assert alone(_LEAVE.format(powerless=True))[0] == os.geteuid()


def test_a_refused_step_is_named(monkeypatch, tmp_path):
    def refuse(flags):
        raise OSError(1, "unshare: Operation not permitted")

    monkeypatch.setattr(kernel, "unshare", refuse)
    monkeypatch.setattr(kernel, "has_capability", lambda capability: False)
    monkeypatch.setattr(namespaces, "leave_root", lambda: None)
    with pytest.raises(OSError, match="unshare: Operation not permitted"):
        namespaces.enter(lambda: None, -1)


def test_a_refused_map_of_ids_is_named(monkeypatch, tmp_path):
    """As on systems whose AppArmor empties a new user namespace of its rights."""
    (tmp_path / "self").mkdir()
    monkeypatch.setattr(kernel, "unshare", lambda flags: None)
    folder = os.open(tmp_path, os.O_PATH)
    try:
        with pytest.raises(OSError, match="setgroups: No such file"):
            namespaces._unshare_and_map(folder)
    finally:
        os.close(folder)
