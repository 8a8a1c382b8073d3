"""Brightspace (D2L): folders or flat files whose names hold name and time.

``397063-2557369 - Ana Doe - Mar 2, 2026 943 PM - lab1.zip``: two numbers of which nothing is
known but that the first belongs to the person, the name, the time without a colon.
"""

from __future__ import annotations

import re

from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.systems.naming import Match, grouped, matches, report_strays
from tools.course.collect.times import moment_of, to_iso
from tools.course.collect.tree import Tree, TreeItem
from tools.course.student import Owner

_NUMBERS = r"(?P<n1>\d+)-(?P<n2>\d+) - (?P<name>.+?) - "
_ENGLISH = re.compile(
    _NUMBERS + r"(?P<when>[A-Za-z]{3} \d{1,2}, \d{4} \d{3,4} ?[AP]M)(?: - (?P<orig>.+))?", re.DOTALL
)
_ANY = re.compile(_NUMBERS + r"(?P<when>.*?\d.*?)(?: - (?P<orig>.+))?", re.DOTALL)

ONE_ATTEMPT_S = 120  # files of one submission can bear times a minute or two apart


def recognize(tree: Tree, context: Context) -> Collected | None:
    """Submissions by person; files that lie within two minutes are one attempt."""
    pairs = matches(tree, lambda name: _ENGLISH.fullmatch(name) or _ANY.fullmatch(name))
    if pairs is None:
        return None
    haul = Collected("brightspace")
    report_strays(haul, tree, [item for item, _ in pairs], "Brightspace", ("index.html",))
    for (number, name), group in grouped(pairs, "n1", "name").items():
        for attempt in _attempts(group, context.zone):
            haul.found.append(_found(tree, number, name, attempt))
    return haul


Timed = tuple[TreeItem, Match, str | None]


def _attempts(group: list[tuple[TreeItem, Match]], zone: str) -> list[list[Timed]]:
    timed: list[Timed] = [(item, hit, to_iso(hit["when"], zone)) for item, hit in group]
    timed.sort(key=lambda each: (moment_of(each[2]) or 0.0, each[0].name))
    attempts: list[list[Timed]] = []
    for each in timed:
        if attempts and _gap_s(attempts[-1][-1], each) <= ONE_ATTEMPT_S:
            attempts[-1].append(each)
        else:
            attempts.append([each])
    return attempts


def _gap_s(before: Timed, after: Timed) -> float:
    return (moment_of(after[2]) or 0.0) - (moment_of(before[2]) or 0.0)


def _found(tree: Tree, number: str, name: str, attempt: list[Timed]) -> Found:
    sources = [
        (item, "" if item.is_folder else hit["orig"] or item.name) for item, hit, _ in attempt
    ]
    owner = Owner(
        name=name,
        system="brightspace",
        ids={"brightspace_id": number},
        received=attempt[-1][2],
        original=attempt[-1][0].name,
    )
    return Found(f"{number} {name}", owner, tree.place(sources))
