"""Blackboard Learn: a flat zip with a receipt for each attempt.

``lab1_ad123_attempt_2026-03-02-21-43-04_neural_net.py`` and the receipt
``lab1_ad123_attempt_2026-03-02-21-43-04.txt``, which tells the user's name and what the files
were called. User names may hold an underscore: the receipt knows where they begin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grader.submission.source import decode_source
from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.systems.naming import Match, grouped, matches, report_strays
from tools.course.collect.times import to_iso
from tools.course.collect.tree import Tree, TreeItem
from tools.course.student import Owner

_FILE = re.compile(
    r"(?P<who>.+)_attempt_(?P<when>\d{4}(?:-\d{2}){5})(?:_(?P<orig>.+)|\.txt)", re.DOTALL
)
_RECEIPT_BYTES = 1 << 20
_PERSON = re.compile(r"^[^:\n]{1,30}: ?(?P<name>.*) \((?P<user>[^()]+)\)[ \t]*$", re.MULTILINE)
_PAIR = re.compile(
    r"^[ \t]*Original filename: ?(?P<orig>.+)\n[ \t]*Filename: ?(?P<name>.+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Receipt:
    """What a receipt tells beyond the file names; empty if there is none."""

    name: str | None = None
    user: str | None = None
    originals: dict[str, str] = field(default_factory=dict)  # name in the zip -> name it had


def recognize(tree: Tree, context: Context) -> Collected | None:
    """All attempts of all users."""
    pairs = matches(tree, _FILE.fullmatch)
    if pairs is None:
        return None
    haul = Collected("blackboard")
    report_strays(haul, tree, [item for item, _ in pairs], "Blackboard")
    common = _common_prefix([hit["who"] for _, hit in pairs])
    for (who, when), group in grouped(pairs, "who", "when").items():
        receipt = _receipt(tree, group)
        user = receipt.user or _user(who, common, context)
        haul.found.append(_found(tree, user, to_iso(when, context.zone), receipt, group))
    return haul


def read_receipt(text: str) -> Receipt:
    """The person and the files of a receipt; what cannot be found is left open."""
    person = _PERSON.search(text.split("\n\n")[0])
    originals = {pair["name"].strip(): pair["orig"].strip() for pair in _PAIR.finditer(text)}
    if person is None:
        return Receipt(originals=originals)
    return Receipt(person["name"].strip(), person["user"].strip(), originals)


def _receipt(tree: Tree, group: list[tuple[TreeItem, Match]]) -> Receipt:
    for item, hit in group:
        if hit["orig"] is None:
            return read_receipt(decode_source(tree.content(item, _RECEIPT_BYTES)))
    return Receipt()


def _common_prefix(whos: list[str]) -> str:
    """What all begin with, up to an underscore: the assignment, if there are two users or more."""
    first, last = min(whos), max(whos)
    length = next(
        (at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0
    )
    return first[: first.rfind("_", 0, length) + 1]


def _user(who: str, common: str, context: Context) -> str:
    """The user name at the end of ``<assignment>_<user>``: the longest that the roster knows."""
    tokens = who.split("_")
    for begin in range(1, len(tokens)):
        if context.knows("username", user := "_".join(tokens[begin:])):
            return user
    return who.removeprefix(common) if common else tokens[-1]


def _found(
    tree: Tree,
    user: str,
    received: str | None,
    receipt: Receipt,
    group: list[tuple[TreeItem, Match]],
) -> Found:
    files = [(item, hit) for item, hit in group if hit["orig"] is not None]
    sources = [(item, receipt.originals.get(item.name, hit["orig"])) for item, hit in files]
    if not sources:  # a text typed in: still somebody's attempt
        sources = [(item, "receipt.txt") for item, _ in group]
    owner = Owner(
        name=receipt.name,
        system="blackboard",
        ids={"username": user},
        received=received,
        original=(files or group)[0][0].name,
    )
    return Found(user, owner, tree.place(sources))
