"""Modules that a submission may import without opening a file, since the fork server has them."""

from __future__ import annotations

# Nearly all of these come with numpy and with the responder anyway.
ALLOWED_MODULES = (
    *("__future__", "abc", "array", "bisect", "collections", "contextlib", "copy", "dataclasses"),
    *("datetime", "enum", "functools", "glob", "gzip", "hashlib", "heapq", "inspect", "io"),
    *("itertools", "json", "linecache", "math", "numbers", "operator", "os", "pathlib", "pickle"),
    *("platform", "random", "re", "shutil", "string", "struct", "sys", "textwrap", "threading"),
    *("time", "traceback", "types", "typing", "warnings", "zipfile"),
    *("numpy.lib.stride_tricks", "numpy.linalg", "numpy.random"),
)


def imports_everything(level: str) -> bool:
    """Whether the fork server imports the whole standard library and numpy at a level.

    At "sealed" a submission opens no file, and at "flat" some cannot read the interpreter's own
    folder (docs/sandbox.md). Python and numpy import many modules only when they need them, codecs
    among them, so a list of what is needed would never be complete.
    """
    return level in ("flat", "sealed")
