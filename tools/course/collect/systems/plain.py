"""No learning system: submissions that somebody put into a folder, clones of git, or one alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.lab.submission_format import FORMAT
from grader.submission.names import stem
from tools.course.collect.git import commit_time
from tools.course.collect.lab import holds_lab, is_generic, is_lab, is_submission_file
from tools.course.collect.model import Collected, Context, Found, Place
from tools.course.collect.tree import DiskTree, Tree, TreeItem, ZipTree
from tools.course.student import Owner

_LOOSE = (".py", ".ipynb")
_CLASS = f"class {FORMAT.class_name}".encode()
_LOOKED_AT = 1_000_000  # bytes of a loose file
_CLASSROOM = "-submissions"  # GitHub Classroom clones lab1-ana, lab1-bob into lab1-submissions


def recognize(tree: Tree, context: Context) -> Collected:
    """One submission or a folder of them, by what lies at the top."""
    haul = Collected("folder")
    folders = [item for item in tree.items if item.is_folder]
    archives = [item for item in tree.items if not item.is_folder and is_submission_file(item)]
    if not tree.items:
        haul.strays.append((tree.name, "is empty"))
    elif is_lab(tree) or (not folders and _is_of_one(tree, archives)):
        haul.found.append(alone(tree.path, tree.name))
    elif len(folders) + len(archives) == 1:
        _take_only(tree, (folders + archives)[0], context, haul)
    elif _is_class(tree, folders, archives, context):
        _take_class(tree, folders, archives, haul)
    else:
        haul.found.append(alone(tree.path, tree.name))
    return haul


def alone(path: Path, name: str) -> Found:
    """A path that is one submission."""
    place = DiskTree(path.parent).place([(TreeItem(path.name, path.name, False), "")])
    return _found(name, name, place)


def _is_of_one(tree: Tree, files: list[TreeItem]) -> bool:
    """Whether loose files are the notebook and the source of one student, and not of a class."""
    kinds = [Path(item.name).suffix.casefold() for item in files]
    networks = sum(_CLASS in tree.content(item, _LOOKED_AT) for item in files)
    return set(kinds) == set(_LOOSE) and kinds.count(".ipynb") == 1 and networks <= 1


def _take_only(tree: Tree, item: TreeItem, context: Context, haul: Collected) -> None:
    """A folder in which there is one thing: a class of one, or one submission wrapped again."""
    if isinstance(tree, ZipTree):
        inner = recognize(tree.enter(item), context) if item.is_folder else None
        if inner is not None and len(inner.found) > 1:
            haul.system, haul.found, haul.strays = inner.system, inner.found, inner.strays
        else:
            haul.found.append(alone(tree.path, tree.name))
        return
    inner = recognize(tree.enter(item), context) if item.is_folder else None
    if inner is not None and not (len(inner.found) == 1 and not inner.strays):
        haul.system, haul.found, haul.strays = inner.system, inner.found, inner.strays
    elif context.among_others or is_generic(stem(item.name)):
        haul.found.append(alone(tree.path, tree.name))
    else:
        _take_class(tree, [item] * item.is_folder, [item] * (not item.is_folder), haul)


def _is_class(
    tree: Tree, folders: list[TreeItem], archives: list[TreeItem], context: Context
) -> bool:
    """A folder that was given alone is a class; elsewhere two in it must hold the lab."""
    if isinstance(tree, DiskTree) and not context.among_others:
        return True
    labs = 0
    for item in folders:
        labs += holds_lab(tree.enter(item))
        if labs + len(archives) >= 2:
            return True
    return labs + len(archives) >= 2


def _take_class(
    tree: Tree, folders: list[TreeItem], archives: list[TreeItem], haul: Collected
) -> None:
    if folders:  # beside folders of students a loose script is mostly the teacher's
        archives = [item for item in archives if not item.name.casefold().endswith(_LOOSE)]
    clones = {item.name: time for item in folders if (time := _clone(tree, item)) is not None}
    prefix = _assignment_prefix(tree.name, list(clones))
    for items in [*([item] for item in folders), *_by_student(archives)]:
        name, place = items[0].name, tree.place([(item, "") for item in items])
        if name in clones:
            haul.found.append(_cloned(name, prefix, clones[name], place))
        else:
            haul.found.append(_found(name, stem(name), place))
    known = {item.name for item in folders + archives}
    for item in tree.items:
        if item.name not in known:
            haul.strays.append((item.name, _why_left_out(item)))


def _by_student(files: list[TreeItem]) -> Iterable[list[TreeItem]]:
    """Each file by itself, but ana.py and ana.ipynb together."""
    found: dict[str, list[TreeItem]] = {}
    for item in files:
        is_loose = item.name.casefold().endswith(_LOOSE)
        found.setdefault(stem(item.name) if is_loose else item.name, []).append(item)
    return found.values()


def _why_left_out(item: TreeItem) -> str:
    if item.name.casefold().endswith(_LOOSE):
        return (
            "is a single file beside the folders of students, and was left out; if a student "
            "handed it in, put it into a folder with the student's name"
        )
    return "is neither a folder nor an archive, and was left out"


def _found(original: str, name: str, place: Place) -> Found:
    owner = Owner(name=stem(name), system="folder", original=original)
    return Found(f"{place.path}\0{place.files[:1]}", owner, place)


# clones of git


def _clone(tree: Tree, item: TreeItem) -> str | None:
    """Time of the commit that a clone stands at; "" if it is not known; None if it is no clone."""
    if not isinstance(tree, DiskTree):
        return None
    folder = tree.path / item.raw / ".git"
    if folder.is_symlink() or not folder.exists():
        return None
    return commit_time(folder) or ""


def _assignment_prefix(parent: str, names: list[str]) -> str:
    """What stands before the login in the clones' names."""
    if parent.endswith(_CLASSROOM):
        expected = parent.removesuffix(_CLASSROOM) + "-"
        if all(name.startswith(expected) for name in names):
            return expected
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    length = next((at for at, (one, other) in pairs if one != other), min(len(first), len(last)))
    return first[: first.rfind("-", 0, length) + 1]


def _cloned(name: str, prefix: str, received: str, place: Place) -> Found:
    login = name.removeprefix(prefix) or name
    owner = Owner(
        name=None,
        system="github",
        ids={"login": login},
        received=received or None,
        original=name,
    )
    return Found(login, owner, place)
