"""From paths to entries: recognise, sort out attempts, name, compare with the roster."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.submission import shown, slug
from grader.submission.archive import archive_kind
from tools.course.collect.keys import student_keys
from tools.course.collect.lab import is_submission_file
from tools.course.collect.model import Attempt, Collection, Context, Entry, Found, Haul, Problem
from tools.course.collect.roster import Person, Roster, load_roster
from tools.course.collect.systems import RECOGNISERS, plain
from tools.course.collect.times import moment_of, zone_named
from tools.course.collect.tree import Item, Tree, open_tree
from tools.course.student import Owner

_WRAPPINGS = 4  # folders around a download, one in the other


@dataclass(frozen=True)
class _Attempts:
    """All attempts of one person, the one that counts first."""

    who: str
    found: tuple[Found, ...]
    path: Path  # the given path that the first came from

    @property
    def is_ordered(self) -> bool:
        """Whether it can be told which one is the newest."""
        ages = [_age((found, self.path))[0] for found in self.found]
        return len(ages) == 1 or (0.0 not in ages and len(set(ages)) == len(ages))


def collect(
    paths: Sequence[Path],
    *,
    roster: Path | None = None,
    zone: str = "UTC",
    code_page: str = "cp437",
    options: Sequence[str] = ("-o", "OUT"),
) -> Collection:
    """Find the submissions at some paths; nothing of them is read.

    A path is a submission, a folder of them, or a learning system's download. `roster` is a CSV
    of who should have handed in. Times without a zone are taken in `zone`, names in zips that are
    not UTF-8 in `code_page`. `options` stand behind the paths in the commands that grade something
    again. Whatever is wrong with a submission is a `Problem`; MaterialError is raised for a wrong
    roster or zone alone.
    """
    zone_named(zone)
    people = load_roster(roster) if roster else None
    context = Context(zone, people.known if people else {}, among_others=len(set(paths)) > 1)
    hauls = [(path, _haul(path, context, code_page)) for path in dict.fromkeys(paths)]
    attempts = _sort_attempts(hauls)
    again = _command(paths, options)
    entries = _entries(attempts, again)
    problems = [*_stray_problems(hauls, again), *_attempt_problems(attempts, entries)]
    entries.sort(key=lambda entry: entry.student)
    if people:
        entries, roster_problems = _compare(entries, people, again)
        problems += roster_problems
    return Collection(
        entries=tuple(entries),
        problems=tuple(sorted(problems, key=lambda each: (each.student, each.submission))),
        notes=tuple(note for _, haul in hauls for note in _notes(haul)),
    )


# recognise


def _haul(path: Path, context: Context, code_page: str) -> Haul:
    real = path.resolve()  # a link that is given by hand may be followed, those below may not
    if why := _why_not(real):
        return Haul("folder", strays=[(path.name, why)])
    with open_tree(real, code_page) as tree:
        if tree is None:
            return _single_file(real)
        haul = _recognise(tree, context)
        if any(found.place.zipped for found in haul.found):  # else reading the one will tell
            haul.strays += tree.unsafe
        return haul


def _why_not(path: Path) -> str | None:
    if not path.exists():
        return "does not exist"
    if not (path.is_dir() or path.is_file()):
        return "is neither a folder nor a file"
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        return "may not be read by you"
    return None


def _single_file(path: Path) -> Haul:
    haul = Haul("folder")
    with path.open("rb") as file:
        head = file.read(512)
    item = Item(path.name, path.name, False)
    if is_submission_file(item) or archive_kind(head):
        haul.found.append(plain.alone(path, path.name))
    else:
        haul.strays.append((path.name, "is neither a folder nor an archive"))
    return haul


def _recognise(tree: Tree, context: Context) -> Haul:
    """The first system whose names these are, also below folders that only wrap."""
    inner = tree
    for _ in range(_WRAPPINGS):
        for recognise in RECOGNISERS:
            haul = recognise(inner, context)
            if haul is not None:
                return haul
        if len(inner.items) != 1 or not inner.items[0].is_folder:
            break
        inner = inner.enter(inner.items[0])
    return plain.recognise(tree, context)


# attempts


def _sort_attempts(hauls: Iterable[tuple[Path, Haul]]) -> list[_Attempts]:
    """Attempts of one person in one system, from whatever path, newest first."""
    groups: dict[str, list[tuple[Found, Path]]] = {}
    for path, haul in hauls:
        for found in haul.found:
            groups.setdefault(f"{found.owner.system}\0{found.who}", []).append((found, path))
    return [_newest_first(who, group) for who, group in sorted(groups.items())]


def _newest_first(who: str, group: list[tuple[Found, Path]]) -> _Attempts:
    once = {(found.place.path, found.place.files): (found, path) for found, path in group}
    ordered = sorted(once.values(), key=_age, reverse=True)
    return _Attempts(who, tuple(found for found, _ in ordered), ordered[0][1])


def _age(pair: tuple[Found, Path]) -> tuple[float, str, str]:
    owner = pair[0].owner
    age = moment_of(owner.received) or pair[0].order or 0.0
    return age, owner.original, str(pair[0].place.path)


def _entries(attempts: Sequence[_Attempts], again: str = "") -> list[Entry]:
    owners = {each.who: each.found[0].owner for each in attempts}
    keys = student_keys(owners, {each.who: each.path.resolve().name for each in attempts})
    return [
        Entry(
            owner=replace(each.found[0].owner, student=keys[each.who]),
            place=each.found[0].place,
            attempts=tuple(
                Attempt(found.owner.original, found.owner.received) for found in each.found[1:]
            ),
            again=again,
        )
        for each in attempts
    ]


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
    alone = collect([place.path]).entries
    if [(one.student, one.place) for one in alone] != [(entry.student, place)]:
        return entry.again
    return _command([place.path], options)


# what to tell


def _stray_problems(hauls: Iterable[tuple[Path, Haul]], again: str) -> Iterable[Problem]:
    for _, haul in hauls:
        for name, why in haul.strays:
            yield Problem("", name, "collect", f"{shown(name)} {why}.", again)


def _attempt_problems(attempts: Iterable[_Attempts], entries: Iterable[Entry]) -> Iterable[Problem]:
    """Without times nobody can say which attempt is the newest."""
    for each, entry in zip(attempts, entries, strict=True):
        if not each.is_ordered:
            reason = (
                f"There are {len(each.found)} attempts and not all have a time of their own; "
                f"{shown(entry.owner.original)} was taken."
            )
            yield Problem(entry.student, entry.owner.original, "collect", reason, entry.again)


def _notes(haul: Haul) -> Iterable[str]:
    if haul.system != "folder" and haul.found:
        yield f"{len(haul.found)} submissions, named as {haul.system} names them."
    yield from haul.notes


# roster


def _compare(entries: list[Entry], roster: Roster, again: str) -> tuple[list[Entry], list[Problem]]:
    """Entries with the roster's names and ids, and everybody who is on one side only."""
    completed: list[Entry] = []
    problems: list[Problem] = []
    seen: dict[int, str] = {}  # row of the roster -> key of the entry
    for entry in entries:
        people = [roster.find(owner) for owner in _single_owners(entry.owner)]
        for person in people:
            if person is None:
                reason = f"{shown(entry.owner.original)} belongs to nobody on the roster."
                problems.append(_problem(entry, reason))
            elif person.row in seen:
                reason = f"{person.label} has handed in twice, also as '{seen[person.row]}'."
                problems.append(_problem(entry, reason))
            else:
                seen[person.row] = entry.student
        completed.append(_completed(entry, people[0]) if len(people) == 1 and people[0] else entry)
    for person in roster.people:
        if person.row not in seen:
            key = slug(person.name or person.label)
            reason = f"{person.label} has handed in nothing."
            problems.append(Problem(key, "", "roster", reason, again))
    return completed, problems


def _single_owners(owner: Owner) -> list[Owner]:
    """An owner for each member of a group."""
    if not owner.members:
        return [owner]
    return [
        Owner(
            student=owner.student,
            name=member.get("name"),
            system=owner.system,
            ids={kind: value for kind, value in member.items() if kind != "name"},
        )
        for member in owner.members
    ]


def _completed(entry: Entry, person: Person) -> Entry:
    name = person.name or entry.owner.name
    ids = {**person.ids, **entry.owner.ids}
    return replace(entry, owner=replace(entry.owner, name=name, ids=ids))


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem(entry.student, entry.owner.original, "roster", reason, entry.again)
