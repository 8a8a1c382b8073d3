"""The kit's own sources, to be carried to another machine."""

from __future__ import annotations

from pathlib import Path

from grader.errors import KitError

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("grader", "mnist_data", "solutions", "tools")
ABOUT = ("pyproject.toml", "README.md", "LICENSE")
# What the packages consist of; anything else in their folders is somebody's leftover.
SUFFIXES = (".py", ".toml", ".ipynb", ".md", ".txt", ".html", ".css", ".js", ".npz", ".png", ".sh")
SCRIPTS = "tools/course/platforms/scripts"


def kit_files(root: Path = ROOT) -> dict[str, bytes]:
    """Every source file by its path from the checkout's root, so that pip can install it there.

    Raises KitError where the kit was installed without its checkout.
    """
    missing = [name for name in ABOUT if not (root / name).is_file()]
    if missing:
        raise KitError(
            f"{root}: {', '.join(missing)} missing: this needs the kit's checkout, "
            "not an installed package"
        )
    files = {name: (root / name).read_bytes() for name in ABOUT}
    for package in PACKAGES:
        for path in (root / package).rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and _is_source(name):
                files[name] = path.read_bytes()
    return files


def script(name: str) -> bytes:
    """A script or page out of `scripts/`, with the line ends of Unix whatever git made of them."""
    return (ROOT / SCRIPTS / name).read_bytes().replace(b"\r\n", b"\n")


def _is_source(name: str) -> bool:
    hidden = any(part.startswith((".", "__pycache__")) for part in name.split("/"))
    return not hidden and (name.endswith(SUFFIXES) or name.startswith(f"{SCRIPTS}/"))
