"""The same levels for a user without any privilege, where the suite itself runs as root."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .conftest import RESPONDER

_UID = 60123

_SCRIPT = """
import json, os, sys
from grader.sandbox.host import Sandbox, server
server.imports_everything = lambda level: False
responder, level = sys.argv[1:]
code = "import os; out = [float((np.ones((9, 9)) @ np.ones((9, 9))).sum()), os.getpid()]"
with Sandbox(responder, isolation=level) as sandbox:
    with sandbox.start() as child:
        out = child.ask({"code": code}, cpu_s=5, wall_s=20, max_reply_bytes=1000).header["out"]
    usage = child.close()
print(json.dumps([os.getuid(), sandbox.level, sandbox.notice, out, usage.cpu_s > 0]))
"""


def _interpreter() -> str:
    """One of our version that anybody may run; version managers keep theirs in closed homes."""
    name = "python" + ".".join(platform.python_version_tuple()[:2])
    for path in (str(Path(sys.executable).resolve()), shutil.which(name, path="/usr/bin")):
        if path and subprocess.run(["test", "-x", path], user=_UID, check=False).returncode == 0:
            return path
    pytest.skip("no interpreter of this version outside closed folders")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="the whole suite runs so")
@pytest.mark.parametrize("level", ["auto", "flat", "sealed"])
def test_an_ordinary_user_gets_every_level(sandbox_at, level):
    sandbox_at("full" if level == "auto" else level)
    project = Path(__file__).parents[3]
    packages = Path(np.__file__).parents[1]
    done = subprocess.run(
        [_interpreter(), "-c", _SCRIPT, str(RESPONDER), level],
        env={"PYTHONPATH": f"{project}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        user=_UID,
        group=_UID,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Permission denied" in done.stderr or "No module named" in done.stderr:
        pytest.skip(f"an ordinary user cannot read this checkout: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    uid, got, notice, out, used = json.loads(done.stdout)
    assert uid == _UID
    assert got == ("full" if level == "auto" else level)
    assert notice.startswith("Sandbox: ")
    assert out[0] == 729.0
    assert (out[1] == 1) == (got == "full")  # a pid namespace of its own
    assert used
