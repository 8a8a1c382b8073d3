"""Canvas, "Download Submissions": a flat zip.

``doeana_LATE_48213_9917342_lab1.zip``: the sortable name without anything but letters, the user's
id, the id of the file (not of the submission), the name it had. The loose files of one student
are put together again.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.systems.naming import Match, grouped, matches, report_strays
from tools.course.collect.tree import Tree, TreeItem
from tools.course.student import Owner

_WHO = r"(?:(?P<prefix>.+?)_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<uid>\d+))"
_UPLOAD = re.compile(_WHO + r"_(?P<fid>\d+)_(?P<orig>.+)", re.DOTALL)
_TYPED = re.compile(_WHO + r"_(?P<orig>(?:text|link)\.html)")
# A group's name may hold a number too; then the next number is the id.
_NEXT = re.compile(
    r"(?P<prefix>.+_\d+)(?P<anon>)_(?P<uid>\d+)_(?P<fid>\d+)_(?P<orig>.+)", re.DOTALL
)

TEST_STUDENT = "studenttest"


def recognize(tree: Tree, context: Context) -> Collected | None:
    """Submissions by user id. The Test Student is left out."""
    pairs = matches(tree, lambda name: _match(name, context))
    if pairs is None or any(item.is_folder for item, _ in pairs):
        return None
    haul = Collected("canvas")
    report_strays(haul, tree, [item for item, _ in pairs], "Canvas", ("index.html",))
    for (uid, anon), group in grouped(pairs, "uid", "anon").items():
        name, late = _name_and_lateness(group[0][1]["prefix"])
        if name == TEST_STUDENT:
            haul.notes.append(
                f"{group[0][0].name} belongs to Canvas's Test Student and was left out."
            )
            continue
        haul.found.append(_found(tree, uid, anon, name, late, group))
    if any(found.owner.late for found in haul.found):
        # The mark is switched on in this course, so work without it was on time.
        haul.found = [
            replace(one, owner=replace(one.owner, late=bool(one.owner.late))) for one in haul.found
        ]
    return haul


def _match(name: str, context: Context) -> Match | None:
    hit = _TYPED.fullmatch(name) or _UPLOAD.fullmatch(name)
    if hit and hit["uid"] and context.known and not context.knows("user_id", hit["uid"]):
        other = _NEXT.fullmatch(name)
        if other and context.knows("user_id", other["uid"]):
            return other
    return hit


def _name_and_lateness(prefix: str | None) -> tuple[str, bool]:
    """Older versions of Canvas wrote everything in small letters."""
    tokens = (prefix or "").split("_")
    if tokens[-1].casefold() == "late":
        return "_".join(tokens[:-1]), True
    return "_".join(tokens), False


def _found(
    tree: Tree, uid: str, anon: str, name: str, late: bool, group: list[tuple[TreeItem, Match]]
) -> Found:
    uploads = [(item, hit) for item, hit in group if "fid" in hit.groupdict()] or group
    owner = Owner(
        name=name or None,
        system="canvas",
        ids={"user_id": uid} if uid else {"anonymous_id": anon},
        late=True if late else None,  # its absence says nothing: the mark can be switched off
        original=uploads[0][0].name,
    )
    place = tree.place(_unique_names(uploads))
    newest = max(int(hit.groupdict().get("fid") or 0) for _, hit in uploads)
    return Found(uid or f"anon_{anon}", owner, place, order=newest)


def _unique_names(uploads: list[tuple[TreeItem, Match]]) -> list[tuple[TreeItem, str]]:
    """Two files of one name can be attached; the later one, by file id, gets a number."""
    sources: list[tuple[TreeItem, str]] = []
    taken: set[str] = set()
    for item, hit in sorted(uploads, key=lambda pair: int(pair[1].groupdict().get("fid") or 0)):
        stem, dot, ending = hit["orig"].rpartition(".")
        name, number = hit["orig"], 0
        while name in taken:
            number += 1
            name = f"{stem}-{number}{dot}{ending}"
        taken.add(name)
        sources.append((item, name))
    return sources
