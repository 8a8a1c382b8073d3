"""Builders of archives, good and bad, for the tests of whatever reads them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping

SOURCE = b"class TwoLayerNet:\n    pass\n"


def zip_bytes(files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """A zip of (name or ZipInfo, content) pairs, in their order, duplicates included.

    The same bytes at any time: some tests are named after them.
    """
    pairs = files.items() if isinstance(files, Mapping) else files
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pairs:
            archive.writestr(_plain_entry(name) if isinstance(name, str) else name, data)
    return buffer.getvalue()


def _plain_entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # of the first day that a zip can tell
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def special_zip_entry(name: str, mode: int) -> zipfile.ZipInfo:
    """A zip entry of another kind than a file: a link, a device."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3  # Unix, the only system whose modes mean anything
    info.external_attr = mode << 16
    return info


def tar_bytes(
    entries: Iterable[tuple[str | tarfile.TarInfo, bytes]], *, packed: bool = False
) -> bytes:
    """A tar of (name or TarInfo, content) pairs, gzip-packed if asked."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for entry, data in entries:
            info = tarfile.TarInfo(entry) if isinstance(entry, str) else entry
            if info.isreg():
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0) if packed else buffer.getvalue()


def special_tar_entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A tar entry of another kind than a file."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info
