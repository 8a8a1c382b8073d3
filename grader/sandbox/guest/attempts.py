"""Notes what a submission tries that the sandbox refuses, for the instructor to see.

Python itself announces such calls. Code that calls the system behind Python's back is not noted;
the sandbox refuses it as well.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import Any

import numpy as np

MOST, LONGEST = 20, 100
# Announced calls that reach outside of the process. Where files are opened, some may be read.
_FILES = ("open", "os.listdir", "os.scandir")
_OTHERS = ("os.", "socket.", "subprocess.", "shutil.", "ctypes.dlopen", "fcntl.", "mmap.", "pty.")
_HARMLESS = ("os.putenv", "os.unsetenv", "os.fwalk", "os.walk", "socket.gethostname", "os.getxattr")
_AROUND = ("subprocess.Popen", "urllib.Request", "sqlite3.connect", "webbrowser.open")


class Attempts:
    """What one submission has tried, in order, each attempt once.

    Parameters
    ----------
    own_root : str
        How the names of the submission's own files begin, which are in memory.
    """

    def __init__(self, own_root: str) -> None:
        library = [*map(sysconfig.get_path, ("stdlib", "platstdlib")), *np.__path__, *sys.path]
        self._readable = (own_root, *(path for path in library if path))
        self._noted: dict[str, None] = {}
        self._told = 0

    def watch(self) -> None:
        """Note attempts from now on, for as long as the process lives."""
        sys.addaudithook(self._hear)

    def take(self) -> list[str]:
        """The attempts since the last call, as short texts."""
        new = list(self._noted)[self._told :]
        self._told = len(self._noted)
        return new

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if len(self._noted) >= MOST:
            return
        if event in _FILES:
            if type(args[0]) is int or self._may_read(args):
                return
        elif not event.startswith(_OTHERS) and event not in _AROUND:
            return
        if event in _HARMLESS or (event == "ctypes.dlopen" and args[0] is None):
            return
        told = next((one for one in args if isinstance(one, (str, bytes, list, tuple))), "")
        text = os.fsdecode(told) if isinstance(told, bytes) else told
        self._noted[ascii(f"{event} {text}")[1:-1][:LONGEST].strip()] = None

    def _may_read(self, args: tuple[Any, ...]) -> bool:
        mode = args[1] if len(args) > 1 else "r"
        is_read = not isinstance(mode, str) or not set(mode) & set("wax+")
        return is_read and str(args[0]).startswith(self._readable)
