"""Tells a submission of the lab from a folder of submissions, by names alone."""

from __future__ import annotations

import re

from grader.lab.submission_format import FORMAT
from grader.submission.archive import is_archive_name
from grader.submission.files import plain_name
from tools.course.collect.tree import Tree, TreeItem

_LAB_FILES = {plain_name(name)[0] for name in (FORMAT.source, FORMAT.notebook, *FORMAT.saved)}
_GENERIC = re.compile(
    r"(simple[-_ ]?neural[-_ ]?network[-_ ]?)?"
    r"(lab|hw|homework|assignment|submission|project|task|code"
    r"|src|source|work|solution|files?|upload|desktop|downloads?|documents?|new[-_ ]folder)"
    r"[-_ ]*[\d.]*([-_ ]?(main|master|final|\(\d+\)))?",
    re.IGNORECASE,
)
_DEEPEST = 4  # folders looked into for a file of the lab


def is_lab(tree: Tree) -> bool:
    """Whether files of the lab lie at the top of a tree."""
    return any(_is_lab_item(item) for item in tree.items)


def holds_lab(tree: Tree, depth: int = _DEEPEST) -> bool:
    """Whether they lie there or a few folders below."""
    if is_lab(tree):
        return True
    folders = [item for item in tree.items if item.is_folder] if depth else []
    return any(holds_lab(tree.enter(item), depth - 1) for item in folders[:50])


def is_submission_file(item: TreeItem) -> bool:
    """Whether a file can be somebody's whole submission."""
    return is_archive_name(item.name) or item.name.casefold().endswith((".py", ".ipynb"))


def is_generic(name: str) -> bool:
    """Whether a folder's name is that of work, not of a person: ``lab1``, ``homework 2``."""
    return _GENERIC.fullmatch(name) is not None


def _is_lab_item(item: TreeItem) -> bool:
    if item.is_folder:
        return item.name.casefold() == FORMAT.package
    return plain_name(item.name)[0] in _LAB_FILES
