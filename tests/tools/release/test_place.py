"""Putting in place: all or nothing, and nothing of anybody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import KitError
from tools.release import find_differences, place, places_in, put_in_place

OLD = {"cattern/neural_net.py": b"old\n", "gone.md": b"old\n"}
NEW = {"cattern/neural_net.py": b"new\n", "a/b/c.py": b"new\n"}


def read(out: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def expected(files: dict[str, bytes], zip: bytes) -> dict[str, bytes]:
    """What a folder with a release holds."""
    tree = {f"assignment/{name}": content for name, content in files.items()}
    return tree | {"dist/Simple_Neural_Network_Lab.zip": zip}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with an old release."""
    put_in_place(tmp_path, OLD, b"old zip")
    return tmp_path


def test_new_release_replaces_the_old_one_whole(out: Path) -> None:
    placed = put_in_place(out, NEW, b"new zip")
    assert read(out) == expected(NEW, b"new zip")
    assert placed == places_in(out)
    assert sorted(path.name for path in out.iterdir()) == ["assignment", "dist"]


def test_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    put_in_place(tmp_path / "a" / "b", NEW, b"zip")
    assert read(tmp_path / "a" / "b") == expected(NEW, b"zip")


@pytest.mark.parametrize("had_old", [True, False])
def test_failure_after_swap_restores_the_old_release(tmp_path: Path, had_old: bool) -> None:
    if had_old:
        put_in_place(tmp_path, OLD, b"old zip")
        (tmp_path / "dist" / "Simple_Neural_Network_Lab.zip").unlink()
    (tmp_path / "dist" / "Simple_Neural_Network_Lab.zip").mkdir(parents=True)  # cannot be replaced
    with pytest.raises(KitError, match=r"could not be put into .* Nothing was changed\.$"):
        put_in_place(tmp_path, NEW, b"new zip")
    tree = {f"assignment/{name}": content for name, content in OLD.items()}
    assert read(tmp_path) == (tree if had_old else {})
    assert not list(tmp_path.glob(".nnlab-release-*"))


def test_failure_while_writing_leaves_the_old_release(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: Path, files: object) -> None:
        root.mkdir()
        (root / "half").write_bytes(b"")
        raise OSError(28, "No space left on device", "half")

    monkeypatch.setattr(place, "write_tree", fail)
    with pytest.raises(KitError, match=r"No space left on device \(half\)\. Nothing was changed"):
        put_in_place(out, NEW, b"new zip")
    assert read(out) == expected(OLD, b"old zip")


def test_swap_works_where_the_system_cannot_exchange(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.sys, "platform", "other")
    put_in_place(out, NEW, b"new zip")
    assert read(out) == expected(NEW, b"new zip")
    (out / "dist" / "Simple_Neural_Network_Lab.zip").unlink()
    (out / "dist" / "Simple_Neural_Network_Lab.zip").mkdir()
    with pytest.raises(KitError, match="Nothing was changed"):
        put_in_place(out, OLD, b"old zip")
    assert read(out) == {f"assignment/{name}": content for name, content in NEW.items()}


def test_folder_of_somebody_else_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "assignment").mkdir()
    (tmp_path / "assignment" / "essay.txt").write_bytes(b"mine")
    with pytest.raises(KitError, match="contains something other than a release"):
        put_in_place(tmp_path, NEW, b"zip")
    assert read(tmp_path) == {"assignment/essay.txt": b"mine"}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_not_removed(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "assignment").write_bytes(b"mine")
    else:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "assignment").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KitError, match="is not a folder"):
        put_in_place(tmp_path, NEW, b"zip")


def test_only_stages_of_killed_runs_are_cleared(out: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    stale = out / f".nnlab-release-{dead.pid}-x"
    live = out / f".nnlab-release-{os.getpid()}-x"
    odd = out / ".nnlab-release-notes"
    for folder in (stale, live, odd):
        folder.mkdir()
    put_in_place(out, NEW, b"zip")
    assert (stale.exists(), live.exists(), odd.exists()) == (False, True, True)


def test_litter_is_no_difference(out: Path) -> None:
    tree = places_in(out).tree
    (tree / "cattern" / "__pycache__").mkdir()
    (tree / "cattern" / "__pycache__" / "x.pyc").write_bytes(b"")
    assert find_differences(tree, OLD) == []


def test_differences_are_named_with_file_and_line(out: Path) -> None:
    tree = places_in(out).tree
    (tree / "gone.md").write_bytes(b"old\nmore\n")
    (tree / "extra.py").write_bytes(b"")
    assert find_differences(tree, OLD | {"missing.py": b""}) == [
        "assignment/extra.py: found a file that is not in the release",
        "assignment/gone.md:2: found text that differs from the sources",
        "assignment/missing.py: found nothing, expected a file of the release",
    ]


def test_tree_that_is_not_there_lacks_every_file(tmp_path: Path) -> None:
    assert find_differences(tmp_path / "assignment", OLD) == [
        f"assignment/{name}: found nothing, expected a file of the release" for name in sorted(OLD)
    ]
