"""Put a release in place: beside the old one first, then in its stead in one step.

OUT/assignment/                         the tree
OUT/dist/Simple_Neural_Network_Lab.zip  the student zip
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import KitError
from tools.release.pack import ZIP_NAME

TREE, DIST = "assignment", "dist"
_STAGE = ".nnlab-release-"
_LITTER = ("__pycache__", ".pytest_cache", ".ipynb_checkpoints")  # what using the tree leaves
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True)
class Placed:
    """Where a release stands."""

    tree: Path
    zip: Path


def places_in(out: Path) -> Placed:
    """Where a release stands, or would stand, in a folder."""
    return Placed(out / TREE, out / DIST / ZIP_NAME)


def put_in_place(out: Path, files: Mapping[str, bytes], zip: bytes) -> Placed:
    """Replace the tree and the zip in a folder; on failure both stay as they were."""
    placed = places_in(out)
    _check_replaceable(placed.tree)
    try:
        with _stage(out) as stage:
            write_tree(stage / "new", files)
            (stage / ZIP_NAME).write_bytes(zip)
            placed.zip.parent.mkdir(parents=True, exist_ok=True)
            with _swapped(stage / "new", placed.tree):
                (stage / ZIP_NAME).replace(placed.zip)
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename or out})"
        message = f"The release could not be put into {out}: {reason}. Nothing was changed."
        raise KitError(message) from error
    return placed


def find_differences(tree: Path, files: Mapping[str, bytes]) -> list[str]:
    """One sentence for each file of a tree that is not as in the release."""
    there = {
        path.relative_to(tree).as_posix(): path
        for path in tree.rglob("*")
        if path.is_file() and not any(part in _LITTER for part in path.parts)
    }
    differences = []
    for name in sorted(files.keys() | there.keys()):
        where = f"{tree.name}/{name}"
        if name not in there:
            differences.append(f"{where}: found nothing, expected a file of the release")
        elif name not in files:
            differences.append(f"{where}: found a file that is not in the release")
        elif there[name].read_bytes() != files[name]:
            line = _first_difference(there[name].read_bytes(), files[name])
            differences.append(f"{where}:{line}: found text that differs from the sources")
    return differences


def _first_difference(got: bytes, expected: bytes) -> int:
    """The first line that differs, from 1."""
    lines = zip(got.split(b"\n"), expected.split(b"\n"), strict=False)
    same = 0
    for one, other in lines:
        if one != other:
            break
        same += 1
    return same + 1


def _check_replaceable(tree: Path) -> None:
    """A folder of somebody else's is not removed."""
    if tree.is_symlink() or (tree.exists() and not tree.is_dir()):
        raise KitError(f"{tree} is not a folder. It was not changed.")
    if tree.is_dir() and any(tree.iterdir()) and not (tree / "cattern" / "neural_net.py").is_file():
        raise KitError(f"{tree} contains something other than a release. It was not changed.")


@contextlib.contextmanager
def _stage(out: Path) -> Iterator[Path]:
    """A folder on the same file system that is gone afterwards; those of killed runs go as well."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{_STAGE}*"):
        if not _is_running(old.name.removeprefix(_STAGE).partition("-")[0]):
            shutil.rmtree(old, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{_STAGE}{os.getpid()}-", dir=out))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):  # somebody else's process, or none of ours: left alone
        return True
    return True


def write_tree(root: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextlib.contextmanager
def _swapped(new: Path, tree: Path) -> Iterator[None]:
    """The new folder in the tree's place, and back again if what follows fails."""
    was_there = tree.exists()
    move = _exchange if was_there else Path.rename
    move(new, tree)
    try:
        yield
    except BaseException:
        if was_there:
            _exchange(new, tree)
        else:
            tree.rename(new)
        raise


def _exchange(one: Path, other: Path) -> None:
    """Two folders change places: in one step where the system can, else in three."""
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        paths = os.fsencode(one), os.fsencode(other)
        if rename and not rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE):
            return
    aside = one.with_name(f"{one.name}.aside")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)
