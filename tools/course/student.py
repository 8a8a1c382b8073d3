"""Who handed something in, as their learning system names them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

# The ids that identify a person in each system, the best one first. Other systems, and folders
# that a roster describes, use `_ANY`.
_IDENTIFYING = {
    "canvas": ("user_id", "anonymous_id"),
    "moodle": ("participant",),
    "gradescope": ("sid", "email"),
    "blackboard": ("username",),
    "brightspace": ("brightspace_id",),
    "github": ("login",),
    "nbgrader": ("username",),
}
_ANY = ("sid", "org_defined_id", "user_id", "username", "login", "email", "participant")


@dataclass(frozen=True)
class Owner:
    """One student (or one group) of one learning system.

    Every id is a string: leading zeros count. `ids` has the keys that the system gives, out of
    ``user_id`` (Canvas), ``participant`` (Moodle), ``submission_id`` (Gradescope), ``username``,
    ``login``, ``sid``, ``email``, ``org_defined_id`` (Brightspace).
    """

    student: str = ""  # key: unique in a batch, safe as a folder name; "" before it is given
    name: str | None = None  # as a person reads it; None in anonymous modes
    system: str = "folder"  # "canvas", "moodle", "gradescope", "blackboard", "brightspace", ...
    ids: Mapping[str, str] = field(default_factory=dict)
    received: str | None = None  # ISO 8601 with offset; None where unknown
    late: bool | None = None  # as the system says it; None where it says nothing
    original: str = ""  # folder or file name in the download: feedback goes back under it
    members: tuple[Mapping[str, str], ...] = ()  # of a group: each member's name and ids

    @property
    def id(self) -> str | None:
        """The id that identifies this person in the system; None if only the name does.

        A group is identified by its members' ids together.
        """
        kinds = _IDENTIFYING.get(self.system, _ANY)
        if self.members:
            ids = [_first(member, kinds) for member in self.members]
            return "+".join(sorted(filter(None, ids))) if all(ids) else None
        return _first(self.ids, kinds)

    @property
    def persons(self) -> list[Owner]:
        """An owner for each member of a group; else this one."""
        if not self.members:
            return [self]
        return [
            Owner(
                self.student,
                member.get("name"),
                self.system,
                {kind: value for kind, value in member.items() if kind != "name"},
            )
            for member in self.members
        ]


def _first(ids: Mapping[str, str], kinds: tuple[str, ...]) -> str | None:
    return next((ids[kind] for kind in kinds if ids.get(kind)), None)


@dataclass(frozen=True)
class Student:
    """One person (or group) of the gradebook. The folder never changes."""

    folder: str  # in OUT/students, unique whatever the case
    system: str
    id: str | None  # None: the name identifies the person
    name: str | None  # as shown, in Unicode NFC
    section: str = ""  # of the course; "" without sections
    source: str = ""  # absolute path of the class folder or download that the work came from
    original: str = ""  # name of the submission in there


@dataclass(frozen=True)
class Attempt:
    """An earlier attempt, listed but not graded."""

    original: str
    received: str | None


def student_of(owner: Owner, section: str = "", source: str = "") -> Student:
    """The student that an owner is."""
    name = None if owner.name is None else unicodedata.normalize("NFC", owner.name)
    return Student(owner.student, owner.system, owner.id, name, section, source, owner.original)
