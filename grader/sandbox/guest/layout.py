"""Which few directories a child may see: the standard library, shared libraries, numpy."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("/dev/null", "/dev/urandom")
# Where installed packages live inside a standard library; the grader may be one of them.
_INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Layout:
    """Absolute paths; `hidden` lie inside `trees`, `packages` may lie inside `hidden`."""

    trees: tuple[str, ...]
    hidden: tuple[str, ...]
    packages: tuple[str, ...]

    def readable(self) -> Iterator[str]:
        """Paths that together are everything shown: for rules that can only add, not except."""
        for tree in self.trees:
            yield from _without(tree, self.hidden)
        yield from self.packages
        yield from DEVICES


def find(numpy_folder: str) -> Layout:
    """Look at the running interpreter; `numpy_folder` is the directory of the package."""
    trees = dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    libraries = _c_library_folder()
    if libraries is not None:
        trees[libraries] = None
    hidden = [path for tree in trees for path in _installed_in(Path(tree))]
    wheels_libraries = numpy_folder + ".libs"  # where a wheel keeps its BLAS
    packages = [path for path in (numpy_folder, wheels_libraries) if Path(path).is_dir()]
    return Layout(tuple(trees), tuple(dict.fromkeys(hidden)), tuple(packages))


def _c_library_folder() -> str | None:
    """The system's library directory: that of the C library in this process."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        folder, _, name = line.partition("/")[2].rpartition("/")
        if name.startswith(("libc.so", "libc-", "ld-musl")):
            return "/" + folder
    return None


def _installed_in(tree: Path) -> list[str]:
    """Directories of installed packages in a tree, or in the python* of a library directory."""
    folders = [tree, *tree.glob("python*")]
    found = [folder / name for folder in folders for name in _INSTALLED]
    return [str(path) for path in found if path.is_dir()]


def _without(tree: str, hidden: tuple[str, ...]) -> Iterator[str]:
    """`tree`, or if it has hidden parts, its entries without them."""
    if tree in hidden:
        return
    if not any(path.startswith(tree + os.sep) for path in hidden):
        yield tree
        return
    for entry in sorted(os.scandir(tree), key=lambda entry: entry.name):
        yield from _without(entry.path, hidden)
