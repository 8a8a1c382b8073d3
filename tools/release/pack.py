"""The student zip: the same bytes for the same files, on any machine and at any time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from tools.common.stable_zip import ZipMember, stable_zip

FOLDER = "Simple_Neural_Network_Lab"  # that unpacking makes
ZIP_NAME = f"{FOLDER}.zip"


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, all in one folder."""
    return stable_zip({f"{FOLDER}/{name}": ZipMember(content) for name, content in files.items()})


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a student zip, by their paths in its folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removeprefix(f"{FOLDER}/"): archive.read(name) for name in archive.namelist()}
