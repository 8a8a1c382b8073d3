"""nbgrader: ``submitted/<student>/<assignment>/…`` with ``timestamp.txt``."""

from __future__ import annotations

from collections import Counter

from grader.submission.source import decode_source
from tools.course.collect.lab import is_lab
from tools.course.collect.model import Collected, Context, Found
from tools.course.collect.times import to_iso
from tools.course.collect.tree import Tree, TreeItem
from tools.course.student import Owner

STEP = "submitted"
TIMESTAMP = "timestamp.txt"

Students = list[tuple[TreeItem, Tree]]


def recognize(tree: Tree, context: Context) -> Collected | None:
    """Submissions of the assignment that most students handed the lab in for."""
    submitted = _submitted(tree)
    if submitted is None:
        return None
    haul = Collected("nbgrader")
    students = [(item, submitted.enter(item)) for item in submitted.items if item.is_folder]
    haul.strays += [
        (item.name, "is not a student's folder") for item in submitted.items if not item.is_folder
    ]
    assignment = _assignment(students)
    for item, student in students:
        folders = {each.name: each for each in student.items if each.is_folder}
        if assignment in folders:
            haul.found.append(_found(item, student, folders[assignment]))
        others = sorted(set(folders) - {assignment})
        if others and assignment not in folders:
            haul.notes.append(f"{item.name} handed in {', '.join(others)}, but not {assignment}.")
    return haul


def _submitted(tree: Tree) -> Tree | None:
    inner = next((item for item in tree.items if item.is_folder and item.name == STEP), None)
    if inner is not None:
        return tree.enter(inner)
    return tree if tree.name == STEP and _has_two_levels(tree) else None


def _has_two_levels(tree: Tree) -> bool:
    folders = [item for item in tree.items if item.is_folder]
    students = [tree.enter(item) for item in folders[:20]]
    return bool(students) and not any(is_lab(student) for student in students)


def _assignment(students: Students) -> str | None:
    """By the number of students who handed in the lab under that name, then of all students."""
    labs: Counter[str] = Counter()
    for _, student in students:
        for folder in student.items:
            if folder.is_folder:
                labs[folder.name] += 1 + len(students) * is_lab(student.enter(folder))
    return min(labs, key=lambda name: (-labs[name], name)) if labs else None


def _found(item: TreeItem, student: Tree, folder: TreeItem) -> Found:
    inner = student.enter(folder)
    stamp = next((each for each in inner.items if each.name == TIMESTAMP), None)
    text = decode_source(inner.content(stamp, 200)).strip() if stamp else ""
    owner = Owner(
        name=None,
        system="nbgrader",
        ids={"username": item.name},
        received=to_iso(text, "UTC"),  # nbgrader's own times are, where they do not say otherwise
        original=f"{item.name}/{folder.name}",
    )
    return Found(item.name, owner, student.place([(folder, "")]))
