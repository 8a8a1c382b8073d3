"""The files of a folder, reached without following any link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.errors import SubmissionError
from grader.submission.limits import Limits
from grader.submission.member import Member
from grader.submission.names import decode_name, is_noise_folder, shown

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


def folder_members(path: Path, limits: Limits) -> Iterator[Member]:
    """Every file below a folder, in the order of names; folders of noise are not entered."""
    fd = _open(path, _FOLDER)
    try:
        yield from _walk(fd, "", limits.depth)
    finally:
        os.close(fd)


def file_member(path: Path, name: str | None = None) -> Member:
    """A single file as a member of its own, under another name if one is given."""
    return _file(os.fspath(path), name or decode_name(os.fsencode(path.name)), None)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags)
    except OSError as error:
        raise SubmissionError(f"{shown(path.name)} cannot be opened: {error.strerror}.") from error


def _walk(fd: int, prefix: str, depth: int) -> Iterator[Member]:
    with os.scandir(fd) as entries:
        names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in names:
        path = prefix + decode_name(os.fsencode(name))
        if not is_folder:
            yield _file(name, path, fd)
        elif not is_noise_folder(name):
            yield from _below(name, path, fd, depth)


def _below(name: str, path: str, fd: int, depth: int) -> Iterator[Member]:
    if depth == 0:
        yield Member(path, refused="is too deep")
        return
    try:
        inner = os.open(name, _FOLDER, dir_fd=fd)
    except OSError as error:
        yield Member(path, refused=f"cannot be entered ({error.strerror})")
        return
    try:
        yield from _walk(inner, path + "/", depth - 1)
    finally:
        os.close(inner)


def _file(name: str, path: str, dir_fd: int | None) -> Member:
    """Look at a file without following or waiting; the content is read later, if it is wanted."""
    try:
        status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except OSError as error:
        return Member(path, refused=f"cannot be read ({error.strerror})")
    refused = _refusal(status)
    return Member(path, status.st_size, lambda count: _read(name, dir_fd, count), refused)


def _refusal(status: os.stat_result) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return "is a symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "is not an ordinary file"
    if status.st_nlink > 1:  # on a shared machine it may be a file of somebody else
        return "is a hard link"
    return None


def _read(name: str, dir_fd: int | None, count: int) -> bytes:
    fd = os.open(name, _FILE, dir_fd=dir_fd)
    with os.fdopen(fd, "rb") as file:
        refused = _refusal(os.fstat(fd))  # again: it may have been exchanged in between
        if refused:
            raise OSError(refused)
        return file.read(count)
