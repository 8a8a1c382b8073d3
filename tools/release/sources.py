"""Which files of the checkout make the release, and where they stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.release.text import Flaw, Spot

NEURAL_NET = "cattern/neural_net.py"
NOTEBOOK = "Simple_Neural_Network_Lab.ipynb"


@dataclass(frozen=True)
class Room:
    """A folder of the checkout, and what of it students get."""

    folder: str
    target: str  # folder in the release, "" for its root
    patterns: tuple[str, ...]


ROOMS = (
    Room("solutions/student", "", ("README.md", "*.txt", "*.ini", "conftest.py", "checks/*.py")),
    Room("solutions", "", (NOTEBOOK,)),
    Room("solutions/cattern", "cattern", ("*.py", "*.html")),
    Room("mnist_data", "mnist_data", ("**/*.py",)),
)
# Without these there is no release; their paths in the checkout.
NEEDED = (
    "solutions/student/README.md",
    "solutions/student/requirements.txt",
    "solutions/student/pytest.ini",
    "solutions/student/checks/conftest.py",
    f"solutions/{NOTEBOOK}",
    "solutions/cattern/__init__.py",
    "solutions/cattern/gradient_check.py",
    f"solutions/{NEURAL_NET}",
    "solutions/cattern/submit.py",
    "mnist_data/__init__.py",
    "mnist_data/load_mnist.py",
    "mnist_data/vis_utils.py",
)


@dataclass(frozen=True)
class SourceFile:
    """One file of the release, as the author wrote it."""

    target: str  # path in the release
    place: Spot  # where it comes from
    content: bytes


def collect(project: Path) -> tuple[list[SourceFile], list[Flaw]]:
    """The files of the release, in the order of their paths in it, and what is missing."""
    files = {}
    for room in ROOMS:
        for pattern in room.patterns:
            for path in (project / room.folder).glob(pattern):
                if path.name.startswith("."):  # an editor's lock or swap file
                    continue
                inside = path.relative_to(project / room.folder).as_posix()
                target = f"{room.target}/{inside}".lstrip("/")
                place = Spot(f"{room.folder}/{inside}")
                files[target] = SourceFile(target, place, path.read_bytes())
    there = {file.place.path for file in files.values()}
    missing = [Spot(path) for path in NEEDED if path not in there]
    problems = [Flaw(place, "found nothing, expected a file") for place in missing]
    return [files[target] for target in sorted(files)], problems
