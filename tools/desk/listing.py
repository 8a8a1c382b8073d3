"""The list of students: what the address asks for, searched, filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        found = list(room.pupils.values())
        for passes in self._filters():
            found = list(filter(passes, found))
        return self._sorted(found)

    def _filters(self) -> list[Callable[[Pupil], bool]]:
        """What a student has to pass, a function for each filter that is set."""
        words, low, high = plain(self.q).split(), number(self.low), number(self.high)
        filters: tuple[tuple[object, Callable[[Pupil], bool]], ...] = (
            (words, lambda one: all(word in one.words for word in words)),
            (self.section, lambda one: one.section == self.section),
            (self.reason == "any", lambda one: bool(one.reasons)),
            (self.reason not in ("", "any"), lambda one: self.reason in one.reasons),
            (self.state in ("changed", "late"), lambda one: bool(getattr(one, self.state))),
            (self.state not in ("", "changed", "late"), lambda one: one.release == self.state),
            (self.mistake, lambda one: self.mistake in one.lost),
            (self.task, lambda one: self._lost_points(one)),
            (low is not None, lambda one: one.score >= (low or 0.0)),
            (high is not None, lambda one: one.score < (high or 0.0) or self._is_full(one)),
        )
        return [passes for asked, passes in filters if asked]

    def _lost_points(self, one: Pupil) -> bool:
        score, worth, *_ = one.tasks.get(self.task, (0.0, 0.0))
        return score < worth

    def _is_full(self, one: Pupil) -> bool:
        return one.score == one.max_score == number(self.high)

    def _sorted(self, found: list[Pupil]) -> list[Pupil]:
        by = self.sort.removeprefix("-")
        keys = {
            "score": lambda one: one.score,
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
