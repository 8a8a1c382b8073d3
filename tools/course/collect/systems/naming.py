"""What the systems that speak through names have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tools.course.collect.model import Collected
from tools.course.collect.tree import Tree, TreeItem

Match = re.Match[str]
Groups = dict[tuple[str, ...], list[tuple[TreeItem, Match]]]


def matches(
    tree: Tree, match: Callable[[str], Match | None]
) -> list[tuple[TreeItem, Match]] | None:
    """Items with their matches, if at least half of all names are of that form."""
    found = [(item, hit) for item in tree.items if (hit := match(item.name))]
    return found if found and 2 * len(found) >= len(tree.items) else None


def grouped(pairs: Iterable[tuple[TreeItem, Match]], *keys: str) -> Groups:
    """Pairs by some groups of the match, in the order in which they appear."""
    groups: Groups = {}
    for item, hit in pairs:
        groups.setdefault(tuple(hit[key] or "" for key in keys), []).append((item, hit))
    return groups


def report_strays(
    haul: Collected,
    tree: Tree,
    known: Iterable[TreeItem],
    system: str,
    expected: tuple[str, ...] = (),
) -> None:
    """List what has another name than the system gives; what it adds itself is no stray."""
    names = {item.name for item in known}
    for item in tree.items:
        if item.name not in names and item.name.casefold() not in expected:
            haul.strays.append(
                (item.name, f"is not named as {system} names files, and was left out")
            )
