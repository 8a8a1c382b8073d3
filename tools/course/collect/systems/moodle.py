"""Moodle, "Download all submissions", in folders or not.

``Ana Doe_10482_assignsubmission_file_/…`` or ``Ana Doe_10482_assignsubmission_file_lab1.ipynb``:
the name, the participant's number in this assignment, the kind of submission. Up to Moodle 4.0 a
folder's name ends in an underscore. The names hold no times.
"""

from __future__ import annotations

import re

from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.systems.naming import grouped, matches, report_strays
from tools.course.collect.tree import Tree
from tools.course.student import Owner

_NAME = re.compile(
    r"(?P<name>[^_]*)(?:_(?P<pid>\d+))?_(?P<kind>assign(?:submission|feedback))"
    r"_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?",
    re.DOTALL,
)


def recognize(tree: Tree, context: Context) -> Collected | None:
    """Submissions by participant; files beat texts typed in; feedback is no submission."""
    pairs = matches(tree, _NAME.fullmatch)
    if pairs is None:
        return None
    haul = Collected("moodle")
    report_strays(haul, tree, [item for item, _ in pairs], "Moodle")
    own = [(item, hit) for item, hit in pairs if hit["kind"] == "assignsubmission"]
    for (name, pid), group in grouped(own, "name", "pid").items():
        files = [pair for pair in group if pair[1]["plugin"] == "file"] or group
        sources = [
            (item, "" if item.is_folder else hit["rest"] or item.name) for item, hit in files
        ]
        owner = Owner(
            name=None if _is_anonymous(name, pid) else name,
            system="moodle",
            ids={"participant": pid} if pid else {},
            original=files[0][0].name,
        )
        haul.found.append(Found(pid or name, owner, tree.place(sources)))
    return haul


def _is_anonymous(name: str, pid: str) -> bool:
    """Blind marking puts one translated word, "Participant", before the number."""
    return bool(pid) and name in ("", "Participant")
