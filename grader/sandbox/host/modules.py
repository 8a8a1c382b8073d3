"""Modules that a submission may import without opening a file, since the fork server has them."""

from __future__ import annotations

from collections.abc import Sequence

# Nearly all of these come with numpy and with the responder anyway.
_USUAL = (
    *("__future__", "abc", "array", "bisect", "collections", "contextlib", "copy", "dataclasses"),
    *("datetime", "enum", "functools", "glob", "gzip", "hashlib", "heapq", "inspect", "io"),
    *("itertools", "json", "linecache", "math", "numbers", "operator", "os", "pathlib", "pickle"),
    *("platform", "random", "re", "shutil", "string", "struct", "sys", "textwrap", "threading"),
    *("time", "traceback", "types", "typing", "warnings", "zipfile"),
    *("numpy.lib.stride_tricks", "numpy.linalg", "numpy.random"),
)
# A third of the memory that each fork would have to describe, for what few submissions need.
_RARE = (
    *("argparse", "base64", "cmath", "csv", "decimal", "fractions", "logging", "pprint", "queue"),
    *("statistics", "tempfile", "timeit", "unittest"),
    *("numpy.fft", "numpy.ma", "numpy.polynomial", "numpy.testing"),
)
ALLOWED_MODULES = (*_USUAL, *_RARE)


def imported_before(allowed: Sequence[str], level: str) -> tuple[str, ...]:
    """Those of the allowed modules that the fork server imports at a level.

    At "full" every submission can read the standard library and numpy, so what is rare is left to
    those that want it. At "flat" some cannot (docs/sandbox.md), at "sealed" none can.
    """
    return tuple(name for name in allowed if level != "full" or name not in _RARE)
