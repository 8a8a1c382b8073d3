"""Zip archives whose bytes depend on their content alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


@dataclass(frozen=True)
class ZipMember:
    """A file of an archive."""

    content: bytes
    executable: bool = False


def stable_zip(members: Mapping[str, ZipMember]) -> bytes:
    """The archive of `members` by path: the same on any machine, at any time.

    Stored, not deflated: zlib's builds differ in the bytes that they make.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(members):
            info = zipfile.ZipInfo(path, _EPOCH)
            info.create_system = 3  # Unix, whatever this machine is: the mode below counts
            mode = 0o755 if members[path].executable else 0o644
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, members[path].content)
    return data.getvalue()
