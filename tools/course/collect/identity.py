"""Which student of the gradebook an arriving submission belongs to.

An id of the learning system decides, if there is one; else the name does. Nobody is ever merged
with somebody else: what is ambiguous stops the run, or makes a new student.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import MaterialError
from grader.submission import shown
from grader.submission.names import stem
from tools.course.collect.model import Found
from tools.course.student import Owner, Student

_PLAIN = ("folder", "github")  # systems whose submissions are told apart by their folders


@dataclass(frozen=True)
class Arrival:
    """An attempt, and the path that it came by."""

    found: Found
    path: Path  # as given on the command line, resolved
    named: Owner  # without what a roster adds

    @property
    def owner(self) -> Owner:
        """Who handed it in, as the system names them."""
        return self.found.owner

    @property
    def is_alone(self) -> bool:
        """Whether the path names this submission by itself, not a class."""
        place = self.found.place
        is_path = place.path == self.path and not place.files and not place.zipped
        return self.owner.system == "folder" and is_path

    @property
    def source(self) -> str:
        """The class folder or download that it came from."""
        place = self.found.place
        inside = place.zipped or place.files
        return str(place.path if inside else place.path.parent)


class Register:
    """The students of a gradebook, with the owner of what each handed in last.

    With a `section`, only its students are looked at, and new ones join it.
    """

    def __init__(self, known: Mapping[Student, Owner], section: str | None = None) -> None:
        self.owners = dict(known)
        self.section = section
        self._students = [
            one for one in known if section is None or one.section == section or one.id is not None
        ]

    def find(self, arrival: Arrival) -> Student | None:
        """The student that an arrival belongs to; None for a new one.

        Raises
        ------
        MaterialError
            If there are several candidates, or a namesake whose class folder is still there.
        """
        if arrival.is_alone and (found := self._by_component(arrival)):
            return found
        return self._by_place(arrival) or self._by_id(arrival) or self._by_name(arrival)

    def owner_of(self, student: Student, arrival: Arrival) -> Owner:
        """Who handed in an arrival of a known student, under the student's folder.

        A path graded by itself says nothing about the system that its student is in.
        """
        owner = arrival.owner
        if not arrival.is_alone or student.system == "folder":
            return replace(owner, student=student.folder)
        old = self.owners[student]
        if (arrival.source, owner.original) == (student.source, student.original):
            return old
        return replace(old, received=owner.received, late=None)

    def _by_component(self, arrival: Arrival) -> Student | None:
        name = stem(_nfc(arrival.owner.original))
        named = [one for one in self._students if stem(_component(one)) == name]
        same = [one for one in named if one.source == arrival.source]
        return _only(same or named, arrival)

    def _by_place(self, arrival: Arrival) -> Student | None:
        place = (arrival.source, _nfc(arrival.owner.original))
        found = [
            one
            for one in self._students
            if one.system in _PLAIN and (one.source, _nfc(one.original)) == place
        ]
        return found[0] if arrival.owner.system in _PLAIN and found else None

    def _by_id(self, arrival: Arrival) -> Student | None:
        owner = arrival.owner
        found = [one for one in self._students if (one.system, one.id) == (owner.system, owner.id)]
        return found[0] if owner.id is not None and found else None

    def _by_name(self, arrival: Arrival) -> Student | None:
        owner = arrival.owner
        if owner.name is None:
            return None
        key = (owner.system, _nfc(owner.name))
        found = [
            one
            for one in self._students
            if one.id is None and one.name is not None and (one.system, _nfc(one.name)) == key
        ]
        if owner.system == "folder" and self.section is None:
            there = [one for one in found if one.source and one.source != arrival.source]
            there = [one for one in there if Path(one.source).exists()]
            if there:
                raise MaterialError([_ask_for_section(arrival, there[0])])
        return _only(found, arrival)


def namesakes(students: Iterable[Student]) -> dict[str, Student]:
    """Folders of students without an id -> an earlier student with the same name and no id."""
    first: dict[tuple[str, str, str], Student] = {}
    found = {}
    for one in sorted(students, key=lambda each: (len(each.folder), each.folder)):
        if one.id is None and one.name is not None:
            earlier = first.setdefault((one.system, one.section, _nfc(one.name)), one)
            if earlier is not one:
                found[one.folder] = earlier
    return found


def _only(candidates: Sequence[Student], arrival: Arrival) -> Student | None:
    if len(candidates) > 1:
        folders = ", ".join(one.folder for one in candidates)
        raise MaterialError(
            [
                f"{shown(arrival.owner.original)} may belong to {folders}; "
                "grade the whole class, or name the section with --section"
            ]
        )
    return candidates[0] if candidates else None


def _ask_for_section(arrival: Arrival, student: Student) -> str:
    return (
        f"{arrival.owner.original} is in {arrival.source}, but {student.folder} came from "
        f"{student.source}, which is still there. For another section of the course, add "
        "--section NAME; for the same class, add --section "
        f"{student.section or chr(34) * 2}"
    )


def _component(student: Student) -> str:
    parts = _nfc(student.original).split("/")
    return parts[0] if student.system == "nbgrader" else parts[-1]


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
