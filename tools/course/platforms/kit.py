"""The kit's own sources, to be carried to another machine."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from grader.errors import KitError
from mnist_data.contents import MNIST, kind_of_folder
from mnist_data.errors import DataError
from mnist_data.files import find_files
from mnist_data.find import choose, look_around

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("grader", "mnist_data", "solutions", "tools")
ABOUT = ("pyproject.toml", "README.md", "LICENSE")
INSTALLED = Path(sysconfig.get_path("data"), "share", "nnlab")
# What the packages consist of; anything else in their folders is somebody's leftover.
SUFFIXES = (".py", ".toml", ".ipynb", ".md", ".txt", ".html", ".css", ".js", ".npz", ".png", ".sh")
SCRIPTS = "tools/course/platforms/scripts"
# Workflows for GitHub Actions: audience -> (script, where it belongs in its repository)
WORKFLOWS = {
    "student": ("github-student.yml", ".github/workflows/checks.yml"),
    "class": ("github-class.yml", ".github/workflows/grade.yml"),
}


def kit_files(root: Path = ROOT) -> dict[str, bytes]:
    """Every source file by its path from the checkout's root, so that pip can install it there.

    An installed kit keeps the files of the root in `INSTALLED`. KitError if they are missing.
    """
    about = root if (root / ABOUT[0]).is_file() else INSTALLED
    missing = [name for name in ABOUT if not (about / name).is_file()]
    if missing:
        raise KitError(f"{about}: {', '.join(missing)} missing: install the kit again")
    files = {name: (about / name).read_bytes() for name in ABOUT}
    for package in PACKAGES:
        for path in (root / package).rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and _is_source(name):
                files[name] = path.read_bytes()
    return files


def mnist_at_hand() -> Path | None:
    """The folder of MNIST on this machine; None if there is only the offline set, or nothing."""
    try:
        found = choose(look_around())
    except DataError as error:
        raise KitError(str(error)) from None
    return found.folder if found is not None and found.kind == MNIST else None


def judges_on(mnist: Path | None) -> str:
    """Which data a pack judges on, in one sentence for the instructor."""
    if mnist is not None:
        return f"It judges on MNIST, packed from {mnist}."
    return (
        "It judges on the offline digits, because MNIST is not on this machine. Networks that were "
        "trained on MNIST score low on them: `nnlab data fetch`, then build the pack again."
    )


def mnist_files(folder: Path) -> dict[str, bytes]:
    """The four files of MNIST; KitError if the folder holds something else."""
    try:
        kind = kind_of_folder(folder)
        paths = find_files(folder)
    except DataError as error:
        raise KitError(str(error)) from None
    if kind != MNIST:
        raise KitError(f"{folder}: holds the offline digits, not MNIST; leave --mnist out")
    return {path.name: path.read_bytes() for path in paths}


def script(name: str) -> bytes:
    """A script or page out of `scripts/`, with the line ends of Unix whatever git made of them."""
    return (ROOT / SCRIPTS / name).read_bytes().replace(b"\r\n", b"\n")


def github_workflow(audience: str) -> bytes:
    """The workflow for students' repositories ("student") or the instructors' ("class")."""
    return script(WORKFLOWS[audience][0])


def _is_source(name: str) -> bool:
    hidden = any(part.startswith((".", "__pycache__")) for part in name.split("/"))
    return not hidden and (name.endswith(SUFFIXES) or name.startswith(f"{SCRIPTS}/"))
