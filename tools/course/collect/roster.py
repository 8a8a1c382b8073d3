"""Who should have handed in: a table with whatever ids a course has."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import MaterialError
from tools.common.table import Table, plain_value, read_table, spoiled_ids
from tools.course.student import Owner

# Header, in small letters, -> what the column holds. Systems translate and rename their columns.
_ROLES = {
    "name": "student|name|full name|fullname|student name|display name|nombre completo"
    "|vollständiger name|nom complet|nome completo|ชื่อ",
    "first": "first name|firstname|first_name|first|given name|given_name|vorname|prénom|nombre",
    "last": "last name|lastname|last_name|last|surname|family name|nachname|nom|apellido|apellidos",
    "sid": "sid|sis user id|student id|student number|id number|studentid|matriculation number"
    "|matrikelnummer|número de id|roster_identifier",
    "org_defined_id": "orgdefinedid|org defined id",
    "user_id": "id|canvas id|user id|canvas_user_id|user_id",
    "username": "username|user name|user|netid|uid|student_id",
    "login": "login|sis login id|login id|github_username|github username|github",
    "email": "email|e-mail|email address|mail|e-mail address|correo|dirección de correo|sis email",
    "participant": "participant|identifier|identificador|bezeichner",
}
_ROLE_OF = {header: role for role, headers in _ROLES.items() for header in headers.split("|")}
_ID_ROLES = ("sid", "org_defined_id", "user_id", "username", "login", "email", "participant")
_PARTICIPANT = re.compile(r"\D+ (\d+)")
_NO_PERSON = re.compile(r"points possible|student,? test|test student|points-per-question|totals?")
# An id of a submission -> the columns of a roster in which it may stand.
_SAME = {
    "sid": ("sid", "org_defined_id"),
    "org_defined_id": ("org_defined_id", "sid"),
    "user_id": ("user_id",),
    "participant": ("participant",),
    "username": ("username", "login", "mailbox", "sid"),
    "login": ("login", "username", "mailbox"),
    "email": ("email",),
}


@dataclass(frozen=True)
class RosterPerson:
    """One row of the roster."""

    row: int  # line in the table, from 1, for messages
    name: str | None
    ids: Mapping[str, str]

    @property
    def label(self) -> str:
        """Name and an id, as a message shows them."""
        shown_id = next((self.ids[role] for role in _ID_ROLES if role in self.ids), None)
        return " ".join(filter(None, (self.name, f"({shown_id})" if shown_id else None)))


@dataclass
class Roster:
    """People by id and by name."""

    people: tuple[RosterPerson, ...]

    def __post_init__(self) -> None:
        self._by_id = defaultdict[tuple[str, str], list[RosterPerson]](list)
        self._by_name = defaultdict[str, list[RosterPerson]](list)
        for person in self.people:
            for role, value in person.ids.items():
                self._by_id[role, value.casefold()].append(person)
            if "email" in person.ids:
                mailbox = person.ids["email"].split("@")[0].casefold()
                self._by_id["mailbox", mailbox].append(person)
            if person.name:
                for form in _name_forms(person.name):
                    self._by_name[form].append(person)

    @property
    def known(self) -> dict[str, frozenset[str]]:
        """All ids of each kind, as they are written."""
        kinds: dict[str, set[str]] = defaultdict(set)
        for person in self.people:
            for role, value in person.ids.items():
                kinds["username" if role == "login" else role].add(value)
        return {kind: frozenset(values) for kind, values in kinds.items()}

    def find(self, owner: Owner) -> RosterPerson | None:
        """The one person that an id of the owner names; else the one of that name; else None."""
        ids = dict(owner.ids)
        if owner.system == "folder" and owner.name:  # named after whatever somebody liked
            ids |= {"username": owner.name, "email": owner.name}
        for kind, value in ids.items():
            for role in _SAME.get(kind, ()):
                people = self._by_id.get((role, plain_value(value).casefold()), [])
                if len(people) == 1:
                    return people[0]
        named = {person.row: person for person in self._by_name.get(_letters(owner.name or ""), [])}
        return next(iter(named.values())) if len(named) == 1 else None


def load_roster(path: Path) -> Roster:
    """Read a CSV with a header; MaterialError names every line that is wrong."""
    try:
        table = read_table(path.read_bytes(), path.name)
    except OSError as error:
        raise MaterialError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    columns = _columns(table, path.name)
    people, problems = [], []
    for row in range(1, len(table.rows)):
        cells = {role: plain_value(table.value(row, column)) for role, column in columns.items()}
        ids = {role: value for role, value in cells.items() if role in _ID_ROLES}
        problems += [
            f"{path.name}:{row + 1}: {spoiled}; export the roster again and do not open it there"
            for spoiled in spoiled_ids(ids)
        ]
        if person := _person(row + 1, cells):
            people.append(person)
    if problems:
        raise MaterialError(problems)
    if not people:
        raise MaterialError([f"{path.name}: there is a header but no student"])
    return Roster(tuple(people))


def _columns(table: Table, name: str) -> dict[str, int]:
    """The first column of each role."""
    headers = [" ".join(cell.value.split()).casefold() for cell in table.rows[0].cells]
    columns: dict[str, int] = {}
    for column, header in enumerate(headers):
        role = _ROLE_OF.get(header)
        if role and role not in columns:
            columns[role] = column
    if not columns.keys() & {*_ID_ROLES, "name", "last"}:
        seen = ", ".join(repr(header) for header in headers[:12])
        raise MaterialError([f"{name}: no column identifies the students; the headers are {seen}"])
    return columns


def _person(row: int, cells: Mapping[str, str]) -> RosterPerson | None:
    """A row of somebody; None for blank rows, points, totals and the test student."""
    name = cells.get("name") or " ".join(
        filter(None, (cells.get("first", ""), cells.get("last", "")))
    )
    ids = {role: cells[role] for role in _ID_ROLES if cells.get(role)}
    if numbered := _PARTICIPANT.fullmatch(ids.get("participant", "")):
        ids["participant"] = numbered[1]
    elif "participant" in ids:  # "identifier" of a GitHub Classroom roster is any id
        ids.setdefault("sid", ids.pop("participant"))
    if not (name or ids) or _NO_PERSON.fullmatch(name.casefold()):
        return None
    return RosterPerson(row, name or None, ids)


def _name_forms(name: str) -> Iterable[str]:
    """The letters of a name in either order of first and last, as systems write them."""
    last, comma, first = name.partition(",")
    if comma:
        return {_letters(last + first), _letters(first + last)}
    words = name.split()
    return {_letters(name), _letters(" ".join(words[-1:] + words[:-1]))}


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in plain if char.isalnum())
