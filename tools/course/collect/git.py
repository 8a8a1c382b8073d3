"""When the commit that a clone stands at was made, read from its files alone.

Git itself is not asked: a repository's own settings can make it run programs. What is read here is
a hash in a text, and one object, loose or in a pack; where that object is stored as a difference
to another, which is rare for commits, the time stays unknown. It is the time of the committer's
own clock, so it shows an order of attempts better than it proves punctuality.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"refs/[\w./-]+")
_COMMITTER = re.compile(rb"^committer .*> (\d{1,12}) ([+-])(\d\d)(\d\d)$", re.MULTILINE)
_TEXT_BYTES = 1 << 20
_OBJECT_BYTES = 1 << 16  # the time stands near the beginning of a commit
_COMMIT = 1  # type of object in a pack


def commit_time(git: Path) -> str | None:
    """ISO 8601 of the commit at HEAD of a ``.git`` folder; None where it cannot be told."""
    try:
        commit = _head(git)
        data = commit and (_loose(git, commit) or _packed(git, commit))
    except (OSError, ValueError, zlib.error, struct.error, IndexError):
        return None
    found = _COMMITTER.search(data) if data else None
    return _iso(*found.groups()) if found else None


def _iso(seconds: bytes, sign: bytes, hours: bytes, minutes: bytes) -> str | None:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
        return moment.astimezone(timezone(-offset if sign == b"-" else offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _text(path: Path) -> str:
    return _bytes(path, _TEXT_BYTES).decode("ascii", "replace")


def _bytes(path: Path, count: int, offset: int = 0) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        file.seek(offset)
        return file.read(count)


def _head(git: Path) -> str | None:
    """The hash that HEAD names, itself or through a branch."""
    head = _text(git / "HEAD").strip()
    ref = head.removeprefix("ref: ")
    if _HASH.fullmatch(head):
        return head
    if not _REF.fullmatch(ref) or ".." in ref:
        return None
    try:
        text = _text(git / ref)
    except OSError:  # not loose, so in the list
        text = _text(git / "packed-refs")
    found = re.search(rf"^({_HASH.pattern})(?: {re.escape(ref)})?$", text, re.MULTILINE)
    return found[1] if found else None


def _loose(git: Path, commit: str) -> bytes | None:
    try:
        packed = _bytes(git / "objects" / commit[:2] / commit[2:], _OBJECT_BYTES)
    except OSError:
        return None
    return zlib.decompressobj().decompress(packed, _OBJECT_BYTES)


def _packed(git: Path, commit: str) -> bytes | None:
    for index in sorted((git / "objects" / "pack").glob("*.idx")):
        offset = _offset(index, bytes.fromhex(commit))
        if offset is not None:
            return _pack_object(index.with_suffix(".pack"), offset)
    return None


def _offset(index: Path, commit: bytes) -> int | None:
    """Where a pack has an object, by its index of version 2: the fan-out, then a search."""
    header = _bytes(index, 8 + 256 * 4)
    if header[:8] != b"\xfftOc\0\0\0\x02":
        return None
    fan_out = struct.unpack(">256I", header[8:])
    count = fan_out[255]
    low, high = (fan_out[commit[0] - 1] if commit[0] else 0), fan_out[commit[0]]
    while low < high:
        middle = (low + high) // 2
        name = _bytes(index, 20, 1032 + 20 * middle)
        if name == commit:
            (offset,) = struct.unpack(">I", _bytes(index, 4, 1032 + 24 * count + 4 * middle))
            return offset if offset < 1 << 31 else None  # farther offsets stand in another table
        low, high = (middle + 1, high) if name < commit else (low, middle)
    return None


def _pack_object(pack: Path, offset: int) -> bytes | None:
    data = _bytes(pack, _OBJECT_BYTES, offset)
    if (data[0] >> 4) & 7 != _COMMIT:
        return None
    start = next(at for at, byte in enumerate(data) if byte < 128) + 1  # after the size
    return zlib.decompressobj().decompress(data[start:], _OBJECT_BYTES)
