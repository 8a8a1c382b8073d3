"""Runs a few lines in a process of their own, because what they do cannot be undone."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parents[4]


def alone(code: str, *args: str) -> Any:
    """The JSON value that `code` prints last; `args` are its sys.argv[1:]."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
