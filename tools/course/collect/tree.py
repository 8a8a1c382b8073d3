"""A download as it lies there: a folder or a zip, looked at in the same way."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from grader.errors import SubmissionError
from grader.submission.archive import open_zip, zip_infos, zip_name
from grader.submission.limits import DEFAULT, MIB
from grader.submission.names import UnsafeName, clean_path, decode_name, is_noise, is_noise_folder
from tools.course.collect.model import Place

# A learning system packs a whole class into one zip: 10,000 students with 30 files each have a
# table of contents of 40 MiB. What is inside has the usual limits again.
BULK = replace(DEFAULT, directory_bytes=64 * MIB)


@dataclass(frozen=True)
class TreeItem:
    """One thing at the top of a tree."""

    name: str  # as people read it
    raw: str  # as it is reached
    is_folder: bool


class Tree(Protocol):
    """What the recognizers ask of a download; noise and links are not there for them."""

    path: Path
    name: str
    items: tuple[TreeItem, ...]  # in the order of names
    unsafe: Sequence[tuple[str, str]]  # names that lead elsewhere, and why they are not there

    def enter(self, item: TreeItem) -> Tree:
        """The folder `item` as a tree of its own."""

    def content(self, item: TreeItem, limit: int) -> bytes:
        """At most so many bytes of the file `item`; empty if it cannot be read."""

    def place(self, sources: Sequence[tuple[TreeItem, str]]) -> Place:
        """The place of some items; each file gets the name, each folder's content lies in it."""


@contextmanager
def open_tree(path: Path, code_page: str) -> Iterator[Tree | None]:
    """The tree of a folder or a zip; None for other files, and for a zip that does not open."""
    if path.is_dir():
        yield DiskTree(path)
        return
    with ExitStack() as stack:
        tree = None
        with suppress(OSError, SubmissionError):
            file = stack.enter_context(path.open("rb"))
            archive = stack.enter_context(open_zip(file, path.name, BULK))
            unsafe: list[tuple[str, str]] = []
            files = _clean_files(archive, code_page, unsafe)
            tree = ZipTree(path, _shown(path.name), archive, files, unsafe)
        yield tree


class DiskTree:
    """A folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = _shown(path.name)
        self.items = tuple(sorted(self._items(), key=lambda item: item.name))
        self.unsafe: Sequence[tuple[str, str]] = ()

    def enter(self, item: TreeItem) -> DiskTree:
        """A folder in it."""
        return DiskTree(self.path / item.raw)

    def content(self, item: TreeItem, limit: int) -> bytes:
        """Beginning of a file in it."""
        try:
            fd = os.open(self.path / item.raw, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(fd, "rb") as file:
                return file.read(limit)
        except OSError:
            return b""

    def place(self, sources: Sequence[tuple[TreeItem, str]]) -> Place:
        """Items by name below the folder; a single item without new name is a path of its own."""
        if len(sources) == 1 and sources[0][1] in ("", sources[0][0].name):
            path = self.path / sources[0][0].raw
            return Place(path, fingerprint=_disk_fingerprint([path]))
        files = [(item.raw + "/" * item.is_folder, inner) for item, inner in sources]
        paths = [self.path / item.raw for item, _ in sources]
        return Place(self.path, tuple(files), fingerprint=_disk_fingerprint(paths))

    def _items(self) -> Iterator[TreeItem]:
        try:
            entries = list(os.scandir(self.path))
        except OSError:
            return
        for entry in entries:
            name = _shown(entry.name)
            # A link is an item, a file: reading it will say that it is a link.
            is_folder = entry.is_dir(follow_symlinks=False)
            if not (is_noise_folder(name) if is_folder else is_noise(name)):
                yield TreeItem(name, entry.name, is_folder)


@dataclass(frozen=True)
class _Packed:
    name: str  # full name in the zip
    info: zipfile.ZipInfo


class ZipTree:
    """A zip without noise and without names that lead elsewhere, or a folder in it."""

    def __init__(
        self,
        path: Path,
        name: str,
        archive: zipfile.ZipFile,
        files: Iterable[tuple[str, _Packed]],
        unsafe: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.path = path
        self.name = name
        self.unsafe = unsafe
        self._archive = archive
        self._folders: dict[str, list[tuple[str, _Packed]]] = {}
        self._files: dict[str, _Packed] = {}
        for inner, packed in files:
            top, slash, rest = inner.partition("/")
            if slash:
                self._folders.setdefault(top, []).append((rest, packed))
            else:
                self._files[top] = packed
        items = [TreeItem(name, name, True) for name in self._folders]
        items += [TreeItem(name, name, False) for name in self._files if name not in self._folders]
        self.items = tuple(sorted(items, key=lambda item: item.name))

    def enter(self, item: TreeItem) -> ZipTree:
        """A folder in it."""
        return ZipTree(self.path, item.name, self._archive, self._folders[item.name])

    def content(self, item: TreeItem, limit: int) -> bytes:
        """Beginning of a file in it."""
        try:
            with self._archive.open(self._files[item.name].info) as file:
                return file.read(limit)
        except Exception:  # hostile bytes, whatever the library says of them
            return b""

    def place(self, sources: Sequence[tuple[TreeItem, str]]) -> Place:
        """The files of items, those of folders one by one."""
        files: list[tuple[_Packed, str]] = []
        for item, inner in sources:
            if item.is_folder:
                prefix = f"{inner}/" if inner else ""
                files += [(packed, prefix + rest) for rest, packed in self._folders[item.name]]
            else:
                files.append((self._files[item.name], inner or item.name))
        pairs = tuple((packed.name, inner) for packed, inner in files)
        return Place(self.path, pairs, zipped=True, fingerprint=_zip_fingerprint(files))


def _clean_files(
    archive: zipfile.ZipFile, code_page: str, unsafe: list[tuple[str, str]]
) -> Iterator[tuple[str, _Packed]]:
    for info in zip_infos(archive):
        name = zip_name(info, code_page)
        try:
            clean = clean_path(name, 2 * BULK.depth)
        except UnsafeName as reason:
            unsafe.append((name, f"{reason}, and was left out"))
            continue
        if not is_noise(clean):
            yield clean, _Packed(name, info)


def _shown(raw: str) -> str:
    return decode_name(os.fsencode(raw))


def _zip_fingerprint(files: Iterable[tuple[_Packed, str]]) -> str:
    infos = ((packed.info, name) for packed, name in files)
    return _digest("crc", (f"{name}\0{info.CRC}\0{info.file_size}" for info, name in infos))


def _disk_fingerprint(paths: Iterable[Path]) -> str:
    return _digest("stat", (line for path in paths for line in _states(os.fspath(path), path.name)))


def _states(path: str, name: str) -> Iterator[str]:
    # The functions of `os`: a class of 10,000 has 100,000 files, and Path takes thrice as long.
    try:
        status = os.lstat(path)
        entries = list(os.scandir(path)) if stat.S_ISDIR(status.st_mode) else None
    except OSError:
        return
    if entries is None:
        times = f"{status.st_mtime_ns}\0{status.st_ctime_ns}"
        yield f"{name}\0{status.st_mode}\0{status.st_size}\0{times}"
    for entry in entries or ():
        if not is_noise(entry.name) and not is_noise_folder(entry.name):
            yield from _states(entry.path, f"{name}/{entry.name}")


def _digest(kind: str, lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return f"{kind}:{digest.hexdigest()[:32]}"
