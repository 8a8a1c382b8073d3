"""The student zip: the same bytes for the same files, on any machine and at any time.

Nothing is compressed: deflate's output differs between builds of zlib, and a quarter of a
megabyte is not worth that. Names are sorted; times, modes and the system of origin are fixed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

FOLDER = "Simple_Neural_Network_Lab"  # that unpacking makes
ZIP_NAME = f"{FOLDER}.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_UNIX = 3
_MODE = 0o100644  # a file, writable by its owner


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, all in one folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(f"{FOLDER}/{name}", _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _MODE << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a student zip, by their paths in its folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removeprefix(f"{FOLDER}/"): archive.read(name) for name in archive.namelist()}
