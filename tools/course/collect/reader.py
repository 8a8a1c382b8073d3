"""Reads collected entries, one at a time, so that memory does not grow with the class."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from grader.errors import SubmissionError
from grader.submission import DEFAULT, Intake, Limits, read_submission, shown
from grader.submission.archive import open_zip, zip_infos, zip_member, zip_name
from grader.submission.folder import file_member, folder_members
from grader.submission.member import Member
from grader.submission.submission import Submission
from tools.course.collect.model import Entry, Place
from tools.course.collect.tree import BULK


class Reader:
    """Reads submissions; keeps the last zip open, whose table of contents is long."""

    def __init__(self, limits: Limits = DEFAULT, code_page: str = "cp437") -> None:
        self._limits = limits
        self._code_page = code_page
        self._open = ExitStack()
        self._path: Path | None = None
        self._archive: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the zip."""
        self._open.close()
        self._path = self._archive = None

    def read(self, entry: Entry) -> Submission:
        """The entry's files. Raises SubmissionError, one sentence."""
        owner, place = entry.owner, entry.place
        if not place.files and not place.zipped:
            return read_submission(
                place.path,
                student=owner.student,
                received=owner.received,
                limits=self._limits,
                code_page=self._code_page,
            )
        intake = Intake(owner.original, self._limits, self._code_page)
        members = self._zip_members(place) if place.zipped else self._disk_members(place)
        if len(place.files) == 1 and not place.files[0][0].endswith("/"):
            intake.take_handed_in(next(members))
        else:
            intake.take_all(members)
        return intake.submission(student=owner.student, received=owner.received)

    def _disk_members(self, place: Place) -> Iterator[Member]:
        for raw, inner in place.files:
            if raw.endswith("/"):
                prefix = f"{inner}/" if inner else ""
                for member in folder_members(place.path / raw, self._limits):
                    yield dataclasses.replace(member, path=prefix + member.path)
            else:
                yield file_member(place.path / raw, inner)

    def _zip_members(self, place: Place) -> Iterator[Member]:
        archive = self._opened(place.path)
        for name, inner in place.files:
            info = self._infos.get(name)
            if info is None:
                yield Member(inner, refused=f"is no longer in {shown(place.path.name)}")
            else:
                member = zip_member(archive, info, self._code_page)
                yield dataclasses.replace(member, path=inner)

    def _opened(self, path: Path) -> zipfile.ZipFile:
        if self._path != path or self._archive is None:
            self.close()
            try:
                file = self._open.enter_context(path.open("rb"))
                self._archive = self._open.enter_context(open_zip(file, path.name, BULK))
            except OSError as error:
                sentence = f"{shown(path.name)} cannot be opened: {error.strerror}."
                raise SubmissionError(sentence) from error
            self._path = path
            self._infos = {
                zip_name(info, self._code_page): info for info in zip_infos(self._archive)
            }
        return self._archive


def read(entry: Entry) -> Submission:
    """Read a single entry; for many use a `Reader`."""
    with Reader() as reader:
        return reader.read(entry)
