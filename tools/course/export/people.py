"""Which row of a system's file belongs to which grade: by identifiers, never by a guess."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import MaterialError
from tools.common.table import plain_value, spoiled_ids
from tools.course.export.result import NotWritten, Obstacle
from tools.course.export.student_grade import Grade

# A column of the file -> the owner's ids that may stand in it. Systems call one thing by several
# names: a Canvas login is a Blackboard username, a SIS id is Brightspace's OrgDefinedId.
_SAME = {
    "user_id": ("user_id",),
    "participant": ("participant",),
    "sid": ("sid", "org_defined_id"),
    "org_defined_id": ("org_defined_id", "sid"),
    "login": ("login", "username"),
    "username": ("username", "login"),
    "email": ("email",),
}
_ANY_CASE = ("login", "username", "email")


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets a grade: the owner of a submission, or one member of a group."""

    grade: Grade
    label: str  # for messages: the student key, with the member's name in a group
    name: str | None
    ids: Mapping[str, str]


@dataclass(frozen=True)
class Candidate:
    """A student's row of the file."""

    row: int  # index in the table
    ids: Mapping[str, str]  # column kind -> what stands there
    name: str | None = None


Pairs = list[tuple[Recipient, Candidate]]


def people(grades: Iterable[Grade]) -> list[Recipient]:
    """One person for each grade, or one for each member of a group."""
    found = []
    for grade in grades:
        for person in grade.owner.persons:
            label = person.student
            if grade.owner.members:
                label += f": {person.name or next(iter(person.ids.values()), '?')}"
            found.append(Recipient(grade, label, person.name, person.ids))
    return found


def usernames(grades: Iterable[Grade]) -> set[str]:
    """Every name that somebody logs in with, as far as known; else the student keys."""
    found = {
        person.ids[kind]
        for person in people(grades)
        for kind in ("username", "login")
        if kind in person.ids
    }
    return found or {grade.owner.student for grade in grades}


def check_ids(candidates: Sequence[Candidate], where: str) -> None:
    """Refuse a file in which a spreadsheet has turned ids into powers of ten."""
    problems = [
        f"{where}: row {candidate.row + 1}: {spoiled}; download the file again and do not open it "
        "there"
        for candidate in candidates
        for spoiled in spoiled_ids(candidate.ids)
    ]
    if problems:
        raise MaterialError(problems)


def match(
    persons: Sequence[Recipient], candidates: Sequence[Candidate], by_name: bool = False
) -> tuple[Pairs, list[NotWritten]]:
    """Pair persons with rows where the ids leave no doubt.

    With `by_name` a name counts too, for those whose ids say nothing, if it stands exactly once
    on either side. Two persons on one row are both left out.
    """
    index = _Index(candidates, persons, by_name)
    found = [(person, index.rows_of(person)) for person in persons]
    taken = Counter(rows[0].row for _, rows in found if len(rows) == 1)
    pairs: Pairs = []
    problems = []
    for person, rows in found:
        numbers = ", ".join(str(row.row + 1) for row in rows)
        if not rows:
            problem = (Obstacle.NOT_IN_FILE, index.why_not(person))
        elif len(rows) > 1:
            problem = (Obstacle.AMBIGUOUS, f"its ids match rows {numbers}")
        elif taken[rows[0].row] > 1:
            problem = (Obstacle.AMBIGUOUS, f"row {numbers} also matches another submission")
        else:
            pairs.append((person, rows[0]))
            continue
        problems.append(NotWritten(person.label, *problem))
    return pairs, problems


class _Index:
    """Rows by identifier and by name."""

    def __init__(
        self, candidates: Sequence[Candidate], persons: Sequence[Recipient], by_name: bool
    ) -> None:
        self._by_id: dict[tuple[str, str], list[Candidate]] = {}
        self._by_name: dict[str, list[Candidate]] = {}
        self._names = Counter(_folded(person.name) for person in persons if person.name)
        self._use_names = by_name
        self._kinds = sorted({kind for candidate in candidates for kind in candidate.ids})
        for candidate in candidates:
            for kind, value in candidate.ids.items():
                if value:
                    self._by_id.setdefault((kind, _key(kind, value)), []).append(candidate)
            if candidate.name:
                self._by_name.setdefault(_folded(candidate.name), []).append(candidate)

    def rows_of(self, person: Recipient) -> list[Candidate]:
        """Every row that the person's ids name; else that the student key or the name does."""
        rows = self._with_ids(person.ids)
        if not rows and not person.grade.owner.members:
            key = person.grade.owner.student
            rows = self._with_ids({"username": key, "sid": key})
        if not rows and self._use_names and person.name and self._is_alone(person.name):
            rows = self._by_name[_folded(person.name)]
        return rows

    def why_not(self, person: Recipient) -> str:
        """Why no row was found, with the column kinds looked at."""
        kinds = ", ".join(self._kinds)
        if person.name and _folded(person.name) in self._by_name:
            if self._use_names:
                return f"no id in common ({kinds}), and more than one has the name"
            return f"no id in common ({kinds}); the name matches: use --by-name"
        return f"no row has its ids ({kinds})"

    def _with_ids(self, ids: Mapping[str, str]) -> list[Candidate]:
        rows: dict[int, Candidate] = {}
        for kind, same in _SAME.items():
            for name in same:
                value = plain_value(ids.get(name, ""))
                for candidate in self._by_id.get((kind, _key(kind, value)), ()):
                    rows[candidate.row] = candidate
        return list(rows.values())

    def _is_alone(self, name: str) -> bool:
        folded = _folded(name)
        return self._names[folded] == 1 and len(self._by_name.get(folded, ())) == 1


def _key(kind: str, value: str) -> str:
    return value.casefold() if kind in _ANY_CASE else value


def _folded(name: str) -> str:
    """A name for comparison: "Doe, Ana" and "ana  doe" are one, accents count."""
    words = unicodedata.normalize("NFC", name).casefold().strip()
    if words.count(",") == 1:
        last, first = words.split(",")
        words = f"{first} {last}"
    return " ".join(words.split())
