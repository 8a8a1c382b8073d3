"""Put what was made in place, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.errors import KitError
from tools.stable_zip import Member


def put_file(path: Path, content: bytes, executable: bool = False) -> None:
    """Write a file, with its folders; KitError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(content)
        new.chmod(0o755 if executable else 0o644)
        new.replace(path)
    except OSError as error:
        raise KitError(f"{path}: cannot be written: {error.strerror}") from None


def put_files(folder: Path, members: Mapping[str, Member]) -> None:
    """Write files below a folder that is empty or not there yet; KitError where it is not."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError(f"{folder}: is not empty; name a new folder")
    for name, member in members.items():
        put_file(folder / name, member.content, member.executable)
