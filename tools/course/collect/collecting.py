"""From paths to entries: recognize, sort out attempts, name, compare with the roster."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from grader.errors import MaterialError
from grader.submission import shown, slug
from grader.submission.archive import archive_kind
from grader.submission.submission import Finding
from tools.common.plural import plural
from tools.course.collect.identity import Arrival, Register, namesakes
from tools.course.collect.keys import student_keys
from tools.course.collect.lab import is_submission_file
from tools.course.collect.model import Collected, Collection, Context, Entry, Problem
from tools.course.collect.roster import Roster, load_roster
from tools.course.collect.systems import RECOGNIZERS, plain
from tools.course.collect.times import moment_of, zone_named
from tools.course.collect.tree import Tree, TreeItem, open_tree
from tools.course.student import Attempt, Owner, Student, student_of

_WRAPPINGS = 4  # folders around a download, one in the other


@dataclass(frozen=True)
class _Attempts:
    """All attempts of one person, the one that counts first."""

    who: str
    arrivals: tuple[Arrival, ...]
    student: Student | None  # None: new to the gradebook

    @property
    def first(self) -> Arrival:
        """The attempt that counts."""
        return self.arrivals[0]

    @property
    def is_ordered(self) -> bool:
        """Whether the newest can be told."""
        ages = [_age(arrival)[0] for arrival in self.arrivals]
        return len(ages) == 1 or (0.0 not in ages and len(set(ages)) == len(ages))


def collect(
    paths: Sequence[Path],
    *,
    known: Mapping[Student, Owner] = MappingProxyType({}),
    section: str | None = None,
    roster: Path | None = None,
    zone: str = "UTC",
    code_page: str = "cp437",
    options: Sequence[str] = ("-o", "OUT"),
) -> Collection:
    """Find the submissions at some paths; nothing of them is read.

    A path is a submission, a folder of them, or a learning system's download. `known` are the
    students of the gradebook, with the owners of what they handed in last. `roster` is a CSV of
    who should have handed in. Times without a zone are taken in `zone`, names in zips that are not
    UTF-8 in `code_page`. `options` stand behind the paths in the commands that grade something
    again. Whatever is wrong with a submission is a `Problem`.

    Raises
    ------
    MaterialError
        For a wrong roster or zone, and if it is not clear who a submission belongs to.
    """
    zone_named(zone)
    people = load_roster(roster) if roster else None
    context = Context(zone, people.known if people else {}, among_others=len(set(paths)) > 1)
    hauls = [(path, _haul(path, context, code_page)) for path in dict.fromkeys(paths)]
    again = _command(paths, options)
    register = Register(known, section)
    attempts = _sort_attempts(_arrivals(hauls, people), register)
    entries = _entries(attempts, register, again)
    problems = [
        Problem("", name, "collect", f"{shown(name)} {why}.", again)
        for _, haul in hauls
        for name, why in haul.strays
    ]
    problems += _attempt_problems(attempts, entries)
    entries.sort(key=lambda entry: entry.student)
    if people:
        problems += _compare(entries, people, again)
    return Collection(
        entries=tuple(entries),
        problems=tuple(sorted(problems, key=lambda each: (each.student, each.submission))),
        notes=tuple(note for _, haul in hauls for note in _notes(haul)),
    )


# recognize


def _haul(path: Path, context: Context, code_page: str) -> Collected:
    real = path.resolve()  # a link that is given by hand may be followed, those below may not
    if why := _why_not(real):
        return Collected("folder", strays=[(path.name, why)])
    with open_tree(real, code_page) as tree:
        if tree is None:
            return _single_file(real)
        haul = _recognize(tree, context)
        if any(found.place.zipped for found in haul.found):  # else reading the one will tell
            haul.strays += tree.unsafe
        return haul


def _why_not(path: Path) -> str | None:
    if not path.exists():
        return "does not exist"
    if not (path.is_dir() or path.is_file()):
        return "is neither a folder nor a file"
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        return "cannot be read: permission denied"
    return None


def _single_file(path: Path) -> Collected:
    haul = Collected("folder")
    with path.open("rb") as file:
        head = file.read(512)
    item = TreeItem(path.name, path.name, False)
    if is_submission_file(item) or archive_kind(head):
        haul.found.append(plain.alone(path, path.name))
    else:
        haul.strays.append((path.name, "is neither a folder nor an archive"))
    return haul


def _recognize(tree: Tree, context: Context) -> Collected:
    """The first system whose names these are, also below folders that only wrap."""
    inner = tree
    for _ in range(_WRAPPINGS):
        for recognize in RECOGNIZERS:
            haul = recognize(inner, context)
            if haul is not None:
                return haul
        if len(inner.items) != 1 or not inner.items[0].is_folder:
            break
        inner = inner.enter(inner.items[0])
    return plain.recognize(tree, context)


# attempts and students


def _arrivals(hauls: Iterable[tuple[Path, Collected]], people: Roster | None) -> Iterator[Arrival]:
    """Everything found, with the ids that a roster adds."""
    for path, haul in hauls:
        for found in haul.found:
            owner = found.owner
            person = people.find(owner) if people and not owner.members else None
            if person is not None:
                owner = replace(
                    owner,
                    name=person.name or owner.name,
                    ids={**person.ids, **owner.ids},
                )
            yield Arrival(replace(found, owner=owner), path.resolve(), found.owner)


def _sort_attempts(arrivals: Iterable[Arrival], register: Register) -> list[_Attempts]:
    """Attempts of one person, from whatever path, newest first."""
    groups: dict[str, list[Arrival]] = {}
    students: dict[str, Student] = {}
    problems: list[str] = []
    for arrival in arrivals:
        try:
            student = register.find(arrival)
        except MaterialError as error:
            problems += error.problems
            continue
        own = None if arrival.owner.system == "folder" else arrival.owner.id
        who = f"{arrival.owner.system}\0{own or arrival.found.who}"
        if student is not None:
            who = f"\0{student.folder}"
            students[who] = student
        groups.setdefault(who, []).append(arrival)
    if problems:
        raise MaterialError(sorted(problems))
    return [
        _Attempts(who, _newest_first(group), students.get(who))
        for who, group in sorted(groups.items())
    ]


def _newest_first(group: Iterable[Arrival]) -> tuple[Arrival, ...]:
    once = {(one.found.place.path, one.found.place.files): one for one in group}
    return tuple(sorted(once.values(), key=_age, reverse=True))


def _age(arrival: Arrival) -> tuple[float, str, str]:
    owner = arrival.owner
    age = moment_of(owner.received) or arrival.found.order or 0.0
    return age, owner.original, str(arrival.found.place.path)


def _entries(attempts: Sequence[_Attempts], register: Register, again: str) -> list[Entry]:
    new = {each.who: each.first for each in attempts if each.student is None}
    places = {who: register.section or one.path.name for who, one in new.items()}
    taken = [one.folder for one in register.owners]
    keys = student_keys({who: one.named for who, one in new.items()}, places, taken)
    entries = [
        _entry(each, _record(each, keys.get(each.who, ""), register), register, again)
        for each in attempts
    ]
    records = {one.folder: one for one in register.owners}
    for entry in entries:
        if entry.record is not None:
            records[entry.student] = _unique(entry.record, records)
    doubles = namesakes(records.values())
    return [
        replace(
            entry,
            record=records[entry.student],
            doubts=(_namesake(doubles[entry.student]),) if entry.student in doubles else (),
        )
        for entry in entries
    ]


def _unique(record: Student, others: Mapping[str, Student]) -> Student:
    """The record without its id if somebody else has it: a roster may fit two folders."""
    taken = any(
        (one.system, one.id) == (record.system, record.id) and one.folder != record.folder
        for one in others.values()
    )
    return replace(record, id=None) if taken else record


def _record(attempts: _Attempts, key: str, register: Register) -> Student:
    """What the gradebook should know of the student now; the folder never changes."""
    arrival, old = attempts.first, attempts.student
    owner = arrival.owner
    if old is None:
        new = replace(owner, student=key)
        return student_of(new, register.section or "", arrival.source)
    if arrival.is_alone and (old.source, old.original) != (arrival.source, owner.original):
        return old  # handed in by another way, once
    now = student_of(register.owner_of(old, arrival), old.section, arrival.source)
    return replace(now, id=now.id or old.id)


def _entry(attempts: _Attempts, record: Student, register: Register, again: str) -> Entry:
    arrival = attempts.first
    return Entry(
        owner=replace(arrival.owner, student=record.folder)
        if attempts.student is None
        else register.owner_of(attempts.student, arrival),
        place=arrival.found.place,
        attempts=tuple(
            Attempt(one.owner.original, one.owner.received) for one in attempts.arrivals[1:]
        ),
        again=again,
        record=record,
    )


def _namesake(other: Student) -> Finding:
    message = f"{other.folder} has the same name, and neither has an id: these may be two people."
    return Finding("same-name", message)


def _command(paths: Iterable[Path], options: Iterable[str]) -> str:
    """The command that grades some paths, from whatever folder it is given."""
    places = sorted({str(path.absolute()) for path in paths})  # whatever their order
    return shlex.join(["nnlab", "grade", *places, *options])


def again_alone(entry: Entry, options: Sequence[str]) -> str:
    """The command for one entry by itself, where its path alone is this student's again.

    A learning system's names say nothing outside of its download, and a folder in which there is
    one thing may be taken for a class of one. To find that out takes milliseconds, too much for
    everybody in a large class.
    """
    place = entry.place
    if entry.owner.system != "folder" or place.zipped or place.files:
        return entry.again
    alone = _haul(place.path, Context(), "cp437").found
    if [one.place for one in alone] != [place]:
        return entry.again
    return _command([place.path], options)


# what to tell


def _attempt_problems(attempts: Iterable[_Attempts], entries: Iterable[Entry]) -> Iterable[Problem]:
    """Without times nobody can say which attempt is the newest."""
    for each, entry in zip(attempts, entries, strict=True):
        if not each.is_ordered:
            reason = (
                f"There are {len(each.arrivals)} attempts, and not all have a time; the grader "
                f"used {shown(entry.owner.original)}."
            )
            yield Problem(entry.student, entry.owner.original, "collect", reason, entry.again)


def _notes(haul: Collected) -> Iterable[str]:
    if haul.system != "folder" and haul.found:
        yield f"Found {plural(len(haul.found), 'submission')} (format: {haul.system})."
    yield from haul.notes


# roster


def _compare(entries: Iterable[Entry], roster: Roster, again: str) -> list[Problem]:
    """Everybody who is only on the roster, or only among the submissions."""
    problems: list[Problem] = []
    seen: dict[int, str] = {}  # row of the roster -> key of the entry
    for entry in entries:
        for person in map(roster.find, entry.owner.persons):
            if person is None:
                reason = f"{shown(entry.owner.original)} matches nobody on the roster."
                problems.append(_problem(entry, reason))
            elif person.row in seen:
                reason = f"{person.label} has handed in twice, also as '{seen[person.row]}'."
                problems.append(_problem(entry, reason))
            else:
                seen[person.row] = entry.student
    for person in roster.people:
        if person.row not in seen:
            key = slug(person.name or person.label)
            reason = f"{person.label} has handed in nothing."
            problems.append(Problem(key, "", "roster", reason, again))
    return problems


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem(entry.student, entry.owner.original, "roster", reason, entry.again)
