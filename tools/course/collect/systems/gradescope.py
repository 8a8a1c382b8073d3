"""Gradescope, "Export Submissions": a folder for each submission and one metadata file.

The keys of ``submission_metadata.yml`` are Ruby symbols and begin with a colon. It is read
without resolving types: an unquoted id ``0070012`` would become the octal number 28682, and a name
``No`` would become False.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.times import to_iso
from tools.course.collect.tree import Tree
from tools.course.student import Owner

METADATA = "submission_metadata.yml"
_METADATA_BYTES = 256 << 20  # every result of every submission may stand in it
_IDS = {":sid": "sid", ":email": "email"}


def recognize(tree: Tree, context: Context) -> Collected | None:
    """Submissions of the metadata file; groups have several members."""
    item = next((item for item in tree.items if item.name == METADATA), None)
    if item is None:
        return None
    haul = Collected("gradescope")
    entries = _entries(tree.content(item, _METADATA_BYTES))
    if not entries:
        haul.strays.append((METADATA, "cannot be read, so the folders' numbers are the only names"))
    folders = {each.name: each for each in tree.items if each.name != METADATA}
    for name, folder in folders.items():
        if name in entries or (folder.is_folder and name.startswith("submission_")):
            owner = _owner(name, entries.get(name, {}), context)
            who = owner.ids.get("email") or owner.ids.get("sid") or name
            haul.found.append(Found(who, owner, tree.place([(folder, "")])))
        else:
            haul.strays.append((name, f"is not in {METADATA}, and was left out"))
    missing = sorted(set(entries) - set(folders))
    haul.strays += [(name, f"is in {METADATA}, but its files are not there") for name in missing]
    return haul


def _entries(data: bytes) -> dict[str, Mapping[str, Any]]:
    from tools.course.collect.untyped_yaml import read_yaml  # here, since few runs need YAML

    try:
        loaded = read_yaml(data)
    except ValueError:
        return {}
    if not isinstance(loaded, dict):
        return {}
    return {str(key): value for key, value in loaded.items() if isinstance(value, dict)}


def _owner(name: str, entry: Mapping[str, Any], context: Context) -> Owner:
    submitters = entry.get(":submitters")
    submitters = submitters if isinstance(submitters, list) else []
    members = [_member(each) for each in submitters if isinstance(each, dict)]
    number = name.removeprefix("submission_").removesuffix(".pdf")
    ids = {"submission_id": number}
    if len(members) == 1:
        ids |= {kind: value for kind, value in members[0].items() if kind != "name"}
    created = entry.get(":created_at")
    return Owner(
        name=" and ".join(member["name"] for member in members if "name" in member) or None,
        system="gradescope",
        ids=ids,
        received=to_iso(created, context.zone) if isinstance(created, str) else None,
        original=name,
        members=tuple(members) if len(members) > 1 else (),
    )


def _member(submitter: Mapping[str, Any]) -> dict[str, str]:
    named = {"name": submitter.get(":name")}
    named |= {kind: submitter.get(key) for key, kind in _IDS.items()}
    return {kind: word for kind, value in named.items() if (word := _word(value))}


def _word(value: Any) -> str:
    """A scalar that says something; without types, an empty one may be spelled ``~``."""
    word = value.strip() if isinstance(value, str) else ""
    return "" if word in ("~", "null") else word
