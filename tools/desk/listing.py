"""The list of students: what the address asks for, searched, filtered and sorted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from tools.common.numbers import number
from tools.desk.classroom import Classroom, Pupil, plain

PAGE = 100  # students on a page
STATES = ("draft", "held", "released", "changed", "late")


@dataclass(frozen=True)
class Query:
    """Filters of the list, each as the address has it; "" does not filter."""

    q: str = ""  # words of a name or id
    section: str = ""
    reason: str = ""  # slug of an open decision, or "any"
    state: str = ""  # one of STATES
    mistake: str = ""
    task: str = ""  # students who lost points in it
    low: str = ""  # score
    high: str = ""
    sort: str = ""  # "", "name", "score", "id", "section" or a task; "-" in front turns it
    page: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Query:
        """The filters of an address."""
        known = {one.name: arguments.get(one.name, "").strip()[:200] for one in fields(cls)}
        return cls(**known)

    def address(self, **changes: Any) -> str:
        """The address of this list with some filters changed; it begins with the first page."""
        values = {one.name: getattr(self, one.name) for one in fields(self)} | {"page": ""}
        values |= {name: str(value) for name, value in changes.items()}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def filters(self) -> bool:
        """Whether anything is filtered."""
        return any(
            getattr(self, one.name) for one in fields(self) if one.name not in ("sort", "page")
        )

    def pupils(self, room: Classroom) -> list[Pupil]:
        """Students who pass every filter, in order."""
        found = [one for one in room.pupils.values() if self._takes(one)]
        return self._sorted(found)

    def _takes(self, one: Pupil) -> bool:
        score, low, high = one.row.score or 0.0, number(self.low), number(self.high)
        lost = one.tasks.get(self.task, (0.0, 0.0))
        return (
            all(word in one.words for word in plain(self.q).split())
            and self.section in ("", one.section)
            and (not self.reason or self.reason in (one.reasons or ()) or self._any(one))
            and (not self.state or self._is_in_state(one))
            and (not self.mistake or self.mistake in one.lost)
            and (not self.task or lost[0] < lost[1])
            and (low is None or score >= low)
            and (high is None or score < high or (score == high == one.row.max_score))
        )

    def _any(self, one: Pupil) -> bool:
        return self.reason == "any" and bool(one.reasons)

    def _is_in_state(self, one: Pupil) -> bool:
        if self.state in ("changed", "late"):
            return one.changed if self.state == "changed" else one.late
        return self.state == one.release

    def _sorted(self, found: list[Pupil]) -> list[Pupil]:
        by = self.sort.removeprefix("-")
        keys = {
            "score": lambda one: one.row.score or 0.0,
            "section": lambda one: one.section,
            "id": lambda one: (len(one.id), one.id),
        }
        if by in keys:
            found.sort(key=keys[by])
        elif by.startswith("T#"):
            found.sort(key=lambda one: one.tasks.get(by, (0.0, 0.0))[0])
        return found[::-1] if self.sort.startswith("-") else found


@dataclass(frozen=True)
class Page:
    """One page of the list."""

    shown: list[Pupil]
    total: int
    number: int  # from 1
    last: int

    @classmethod
    def of(cls, pupils: list[Pupil], asked: str) -> Page:
        """The page asked for, or the nearest that is there."""
        last = max(1, -(-len(pupils) // PAGE))
        at = min(max(1, int(asked) if asked.isdecimal() else 1), last)
        return cls(pupils[(at - 1) * PAGE : at * PAGE], len(pupils), at, last)


def neighbors(pupils: list[Pupil], folder: str) -> tuple[str | None, str | None, int]:
    """Folders of the students before and after one in a list, and the place (from 1; 0: none)."""
    names = [one.folder for one in pupils]
    if folder not in names:
        return None, None, 0
    at = names.index(folder)
    before = names[at - 1] if at else None
    return before, names[at + 1] if at + 1 < len(names) else None, at + 1
