"""The files of a zip, tar or tar.gz archive, which is not trusted in any way."""

from __future__ import annotations

import gzip
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Self, cast

from grader.errors import SubmissionError
from grader.submission.limits import Limits, in_mib
from grader.submission.member import Member
from grader.submission.names import decode_name, shown

_HEAD_BYTES = 512  # enough for every signature below, and for a tar header
_FOREIGN = (
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
)
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
_FOREIGN_SUFFIXES = (".rar", ".7z", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".gz")


def is_archive_name(name: str) -> bool:
    """Whether a file is meant as an archive, understood here or not."""
    return name.casefold().endswith(_ARCHIVE_SUFFIXES + _FOREIGN_SUFFIXES)


def archive_kind(head: bytes) -> str | None:
    """``zip``, ``tar`` or ``gz`` as the first bytes say it; a name says nothing."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    return "tar" if head[257:262] == b"ustar" else None


def archive_members(
    file: IO[bytes], name: str, limits: Limits, code_page: str = "cp437"
) -> Iterator[Member]:
    """Every file of an archive, in its order. A member can be read until the next is asked for.

    Raises SubmissionError, one sentence, if the archive cannot be opened or ends too soon.
    """
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    kind = archive_kind(head)
    if kind == "zip":
        with open_zip(file, name, limits) as archive:
            for info in zip_infos(archive):
                yield zip_member(archive, info, code_page)
    elif kind == "gz":
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield from _tar_members(
                _Capped(cast("IO[bytes]", unpacked), name, limits), name, limits, code_page
            )
    elif kind == "tar":
        yield from _tar_members(_Capped(file, name, limits), name, limits, code_page)
    else:
        raise SubmissionError(f"{shown(name)} cannot be opened: {_what_it_is(head)}.")


def _what_it_is(head: bytes) -> str:
    if not head.strip(b"\0"):
        return "it is empty" if not head else "it contains only zeros"
    for signature, words in _FOREIGN:
        if head.startswith(signature):
            return f"it is {words}; use zip, tar or tar.gz"
    return "it is not a zip, tar or tar.gz archive"


def first_words(error: Exception) -> str:
    """What a library says of hostile bytes, on one line of bounded length."""
    lines = str(error).splitlines()
    return "".join(filter(str.isprintable, lines[0][:80])) if lines else type(error).__name__


def _damaged(name: str, error: Exception) -> SubmissionError:
    if isinstance(error, SubmissionError):
        return error
    return SubmissionError(f"{shown(name)} is damaged or cut short ({first_words(error)}).")


# zip


def open_zip(file: IO[bytes], name: str, limits: Limits) -> zipfile.ZipFile:
    """Open a zip whose table of contents has a bearable size; else one sentence."""
    try:
        _check_directory(file, name, limits)
        return zipfile.ZipFile(file)
    except Exception as error:  # the library says of hostile bytes whatever comes to its mind
        raise _damaged(name, error) from error


def zip_infos(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Its files, without the folders that some tools list as well."""
    return (info for info in archive.infolist() if not info.orig_filename.endswith(("/", "\\")))


def zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, code_page: str) -> Member:
    """An entry of a zip, to be read while the zip is open."""

    def read(count: int) -> bytes:
        with archive.open(info) as packed:
            return packed.read(count)

    return Member(zip_name(info, code_page), info.file_size, read, _zip_refusal(info))


def zip_name(info: zipfile.ZipInfo, code_page: str) -> str:
    """The name as it was meant: without the UTF-8 flag Python reads CP437, which few write."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    try:
        return decode_name(name.encode("cp437"), code_page)
    except UnicodeEncodeError:
        return name


def _zip_refusal(info: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG):
        return "is not an ordinary file"
    if info.flag_bits & 0x1:
        return "is protected with a password"
    # Others would need memory that the archive chooses (lzma), or are not to be had (deflate64).
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed with an unusual method (not deflate)"
    return None


def _check_directory(file: IO[bytes], name: str, limits: Limits) -> None:
    """Refuse a table of contents that would fill the memory before any entry is seen."""
    size = file.seek(0, os.SEEK_END)
    tail_at = max(0, size - (1 << 16) - 22 - 20 - 56)  # comment, end, locator and end of zip64
    file.seek(tail_at)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    declared = struct.unpack_from("<I", tail, end + 12)[0] if end >= 0 else 0
    end64 = tail.rfind(b"PK\x06\x06", 0, max(end, 0))
    if end64 >= 0 and end64 + 48 <= len(tail):
        declared = struct.unpack_from("<Q", tail, end64 + 40)[0]
    file.seek(0)
    # What an archive of this size can hold bounds the table as well as what it says of itself.
    if min(declared, size) > limits.directory_bytes:
        raise SubmissionError(
            f"{shown(name)} has a table of contents of {in_mib(declared)}, "
            f"more than {in_mib(limits.directory_bytes)}."
        )


# tar


class _Capped:
    """A stream that ends in a SubmissionError after so many bytes."""

    def __init__(self, stream: IO[bytes], name: str, limits: Limits) -> None:
        self._stream = stream
        self._name = name
        self._limit = self._left = limits.stream_bytes

    def read(self, count: int) -> bytes:
        data = self._stream.read(min(count, 1 << 20))
        self._left -= len(data)
        if self._left < 0:
            raise SubmissionError(
                f"{shown(self._name)} unpacks to more than {in_mib(self._limit)}."
            )
        return data


def _tar_members(stream: _Capped, name: str, limits: Limits, code_page: str) -> Iterator[Member]:
    count = 0
    try:
        archive = tarfile.open(  # noqa: SIM115 - the stream is its owner's to close
            fileobj=cast("IO[bytes]", stream), mode="r|", tarinfo=_StrictTarInfo
        )
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # it would keep every entry
            count += 1
            if count > limits.entries:
                raise SubmissionError(f"{shown(name)} has more than {limits.entries:,} entries.")
            if not info.isdir():
                yield _tar_member(archive, info, code_page)
        while stream.read(1 << 20):  # to the end, where gzip's checksum is
            pass
    except Exception as error:
        raise _damaged(name, error) from error


class _StrictTarInfo(tarfile.TarInfo):
    """Reports a damaged header, where tarfile would take it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if bytes(buf).strip(b"\0"):
                raise tarfile.ReadError(str(error)) from error
            raise


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, code_page: str) -> Member:
    def read(count: int) -> bytes:
        packed = archive.extractfile(info)
        return packed.read(count) if packed else b""

    raw = info.name.encode("utf-8", "surrogateescape")
    return Member(decode_name(raw, code_page), info.size, read, _tar_refusal(info))


def _tar_refusal(info: tarfile.TarInfo) -> str | None:
    if info.issym():
        return "is a symbolic link"
    if info.islnk():
        return "is a hard link"
    if not info.isreg() or info.issparse():
        return "is not an ordinary file"
    return None
