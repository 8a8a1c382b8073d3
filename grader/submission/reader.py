"""Puts a submission together, file by file, within its limits."""

from __future__ import annotations

import io
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.errors import SubmissionError
from grader.submission.archive import archive_kind, archive_members, first_words, is_archive_name
from grader.submission.folder import file_member, folder_members
from grader.submission.limits import DEFAULT, Limits, in_mib
from grader.submission.member import Member
from grader.submission.names import (
    UnsafeName,
    clean_path,
    decode_name,
    is_noise,
    same_file_key,
    shown,
    slug,
    stem,
)
from grader.submission.submission import Finding, Submission

# What can play a part; other files are kept while they are small.
_PACKED_NET = re.compile(r"\.(pkl|pickle|npz|npy)\.gz$")  # one file, no archive of some
_PART = re.compile(
    rf"\.(py|ipynb|pkl|pickle|npz|npy)(\.txt)?$|{_PACKED_NET.pattern}|^best[-_ ]?net"
)
_NAMED = 3  # so many entries are named in a finding, the others counted

_REFUSALS = {  # slug of the finding -> how its sentence begins
    "entry-refused": "Left out",
    "entry-damaged": "Could not be unpacked and was left out",
    "file-too-large": "Too large and left out",
    "archive-not-read": "An archive inside the submission was not read",
    "names-collide": "Left out, because names differ only in case or in how accents are encoded",
}


def read_submission(
    path: Path,
    *,
    student: str | None = None,
    received: str | None = None,
    limits: Limits = DEFAULT,
    code_page: str = "cp437",
) -> Submission:
    """Read a folder, an archive or a single file.

    `student` is the key in reports, made from the file's name if it is not given. `code_page` is
    what names in zips are read as where they are not UTF-8. Raises SubmissionError, one sentence.
    """
    name = decode_name(os.fsencode(path.name))
    intake = Intake(name, limits, code_page)
    if path.is_dir() and not path.is_symlink():
        intake.take_all(folder_members(path, limits))
    else:
        intake.take_handed_in(file_member(path))
    return intake.submission(student=student, received=received)


class Intake:
    """Takes the files of one submission and holds the limits on all of them together."""

    def __init__(self, name: str, limits: Limits = DEFAULT, code_page: str = "cp437") -> None:
        self._name = name
        self._limits = limits
        self._code_page = code_page
        self._files: dict[str, bytes] = {}
        self._refused: dict[str, list[str]] = defaultdict(list)  # slug -> "<name> <why>"
        self._passed_over: Counter[str] = Counter()  # "noise", "other"
        self._entries = 0
        self._others = 0  # files kept that can play no part
        self._read_bytes = 0

    def take_all(self, members: Iterable[Member], *, prefix: str = "", archives: int = 0) -> None:
        """Take members that lie in `prefix`, inside so many `archives`."""
        for member in members:
            self._take(member, prefix, archives)

    def take_handed_in(self, member: Member) -> None:
        """Take the one file that was handed in: an archive, whatever its name, or a file."""
        if member.refused:
            raise SubmissionError(f"{shown(member.path)} {member.refused}.")
        data = self._content(member, self._limits.archive_bytes + 1)
        if data is None:
            return
        if _is_part(member.path):  # before the look at its content: an .npz is a zip as well
            self._take(_in_memory(member.path, data), "", self._limits.archives)
        elif archive_kind(data) or is_archive_name(member.path):
            self._take_archive(data, member.path)
        else:
            self._take(_in_memory(member.path, data), "", self._limits.archives)

    def submission(self, *, student: str | None, received: str | None) -> Submission:
        """What was taken. Raises SubmissionError if it is nothing."""
        files = self._without_collisions()
        if not files:
            raise SubmissionError(self._why_empty())
        return Submission(
            student=student or slug(stem(self._name)),
            name=self._name,
            files=files,
            received=received,
            findings=tuple(self._findings()),
        )

    # one member

    def _take(self, member: Member, prefix: str, archives: int) -> None:
        self._count(entries=1)
        try:
            path = prefix + clean_path(member.path, self._limits.depth)
        except UnsafeName as reason:
            self._refuse("entry-refused", member.path, str(reason))
            return
        if is_noise(path):
            self._passed_over["noise"] += 1
        elif member.refused:
            self._refuse("entry-refused", path, member.refused)
        elif is_archive_name(path) and not _PACKED_NET.search(path.casefold()):
            self._take_inner(member, path, archives)
        else:
            self._take_file(member, path)

    def _take_file(self, member: Member, path: str) -> None:
        cap = self._limits.file_bytes if _is_part(path) else self._limits.other_bytes
        if member.size <= cap:
            data = self._content(member, cap + 1)  # what an entry says of its size may be a lie
            if data is None:
                return
            if len(data) <= cap:
                self._keep(path, data)
                return
        if _is_part(path):
            self._refuse("file-too-large", path, f"is larger than {in_mib(cap)}")
        else:
            self._passed_over["other"] += 1

    def _content(self, member: Member, count: int) -> bytes | None:
        """At most `count` bytes of a file; None, and a finding, if it cannot be unpacked."""
        try:
            data = member.read(count)
        except SubmissionError:
            raise
        except Exception as error:  # whatever zipfile, zlib, tarfile say of hostile bytes
            self._refuse("entry-damaged", member.path, f"({first_words(error)})")
            return None
        self._count(read_bytes=len(data))
        return data

    def _keep(self, path: str, data: bytes) -> None:
        if not _is_part(path):
            self._others += 1
            if self._others > self._limits.others:
                return
        self._files[path] = data  # of two entries with one name the last counts, as in most tools
        if len(self._files) > self._limits.files:
            raise self._too_much(f"contains more than {self._limits.files:,} files")

    def _count(self, *, entries: int = 0, read_bytes: int = 0) -> None:
        self._entries += entries
        self._read_bytes += read_bytes
        if self._entries > self._limits.entries:
            raise self._too_much(f"has more than {self._limits.entries:,} entries")
        if self._read_bytes > self._limits.total_bytes:
            raise self._too_much(f"unpacks to more than {in_mib(self._limits.total_bytes)}")

    def _too_much(self, what: str) -> SubmissionError:
        return _TooMuchError(f"{shown(self._name)} {what}.")

    def _refuse(self, finding: str, path: str, why: str) -> None:
        self._refused[finding].append(f"{shown(path)} {why}")

    # archives

    def _take_inner(self, member: Member, path: str, archives: int) -> None:
        """An archive inside the submission: what is wrong with it costs no more than itself."""
        if archives >= self._limits.archives:
            self._refuse("archive-not-read", path, "is an archive within an archive")
            return
        data = self._content(member, self._limits.archive_bytes + 1)
        if data is None:
            return
        try:
            self._take_archive(data, path, prefix=path + "/", archives=archives)
        except _TooMuchError:
            raise
        except SubmissionError as error:
            self._refused["archive-not-read"].append(str(error).rstrip("."))

    def _take_archive(self, data: bytes, name: str, prefix: str = "", archives: int = 0) -> None:
        if len(data) > self._limits.archive_bytes:
            limit = in_mib(self._limits.archive_bytes)
            raise SubmissionError(f"{shown(name)} is larger than {limit}.")
        stop_at = self._read_bytes + max(
            self._limits.ratio_from_bytes, self._limits.ratio * len(data)
        )
        members = archive_members(io.BytesIO(data), name, self._limits, self._code_page)
        for member in members:
            self._take(member, prefix, archives + 1)
            if self._read_bytes > stop_at:
                times = self._limits.ratio
                raise SubmissionError(f"{shown(name)} unpacks to more than {times} times its size.")

    # the end

    def _without_collisions(self) -> Mapping[str, bytes]:
        """Of names that are one on some systems keep the last in order: small letters win."""
        chosen: dict[str, str] = {}
        for path in sorted(self._files):
            loser = chosen.get(same_file_key(path))
            if loser is not None:
                self._refuse("names-collide", loser, f"beside {shown(path)}")
            chosen[same_file_key(path)] = path
        return {path: self._files[path] for path in sorted(chosen.values())}

    def _findings(self) -> Iterable[Finding]:
        for finding, begin in _REFUSALS.items():
            if self._refused[finding]:
                yield Finding(finding, f"{begin}: {_some(self._refused[finding])}.")

    def _why_empty(self) -> str:
        refusals = [reason for finding in _REFUSALS for reason in self._refused[finding]]
        if refusals:
            return f"{shown(self._name)} contains no readable file: {_some(refusals)}."
        if self._passed_over["other"]:
            return f"{shown(self._name)} contains no Python file, notebook or net."
        if self._passed_over["noise"]:
            return f"{shown(self._name)} contains only files that systems and editors leave behind."
        return f"{shown(self._name)} is empty."


class _TooMuchError(SubmissionError):
    """A limit on the whole submission: not to be taken for the fault of one archive in it."""


def _is_part(path: str) -> bool:
    return _PART.search(path.rpartition("/")[2].casefold()) is not None


def _in_memory(path: str, data: bytes) -> Member:
    return Member(path, len(data), lambda count: data[:count])


def _some(reasons: list[str]) -> str:
    named = ", ".join(reasons[:_NAMED])
    return named if len(reasons) <= _NAMED else f"{named}, and {len(reasons) - _NAMED} more"
