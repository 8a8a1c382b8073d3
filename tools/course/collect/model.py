"""What collecting yields: light entries, to be read one by one later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.submission.submission import Finding
from tools.course.student import Attempt as Attempt
from tools.course.student import Owner, Student


@dataclass(frozen=True)
class Place:
    """Where the files of a submission lie.

    Without `files` it is `path` itself, a folder or a file. Else `files` are (name in there, name
    in the submission) pairs below the folder, or inside the zip, at `path`; on disk a name that
    ends in a slash is a folder with all that is in it.
    """

    path: Path
    files: tuple[tuple[str, str], ...] = ()
    zipped: bool = False
    fingerprint: str = ""  # of names, sizes and times or checksums: equal means unchanged


@dataclass(frozen=True)
class Found:
    """One attempt, as a learning system's naming tells it; the student has no key yet."""

    who: str  # the same for all attempts of one person, or group, in one system
    owner: Owner
    place: Place
    order: int = 0  # grows with time, where a system gives numbers and no times


@dataclass(frozen=True)
class Entry:
    """One student's attempt that counts; `Reader` reads its files."""

    owner: Owner
    place: Place
    attempts: tuple[Attempt, ...] = ()  # the others, newest first
    again: str = ""  # the command that grades it again
    record: Student | None = None  # what the gradebook should know of the student
    doubts: tuple[Finding, ...] = ()  # why a person should look at who this is

    @property
    def student(self) -> str:
        """Unique key, safe as a folder name."""
        return self.owner.student

    @property
    def fingerprint(self) -> str:
        """Equal to an earlier one if nothing was changed since; cheap, nothing is read for it."""
        return self.place.fingerprint


@dataclass(frozen=True)
class Problem:
    """A row of attention.csv."""

    student: str  # key; "" where there is none
    submission: str
    stage: str  # "collect", "read", "roster", ...
    reason: str  # one sentence
    again: str = ""  # how to run that one again
    source: str = ""  # the paths, a line each, that were graded when it was found


@dataclass(frozen=True)
class Collection:
    """All submissions of a class, in the order of their keys, and what was the matter."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()  # sentences that need nobody's attention


@dataclass
class Collected:
    """What one system's naming made of a download."""

    system: str
    found: list[Found] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)  # name, why: need attention
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    """What helps to understand names."""

    zone: str = "UTC"  # of times that come without one
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)  # roster: kind -> its ids
    among_others: bool = False  # one of several paths, so rather a submission than a class

    def knows(self, kind: str, value: str) -> bool:
        """Whether the roster has such an id."""
        return value in self.known.get(kind, ())
