"""Put what was made in place, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.errors import KitError
from tools.common.stable_zip import ZipMember


def write_atomic(path: Path, content: bytes, executable: bool = False) -> None:
    """Write a file, with its folders; KitError where that cannot be.

    Whoever reads meanwhile, and whatever ends us, there is the old file or the new one.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(path.parent):
            try:
                new.write_bytes(content)
                if executable:
                    new.chmod(0o755)
                new.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    new.unlink()
                raise
    except OSError as error:
        raise KitError(f"{path}: cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep others from writing the same `.new` file; the lock goes with us, however we end."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # network file systems may lock no folder
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def write_all_atomic(folder: Path, members: Mapping[str, ZipMember]) -> None:
    """Write files below a folder that is empty or not there yet; KitError where it is not."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError(f"{folder}: is not empty; name a new folder")
    for name, member in members.items():
        write_atomic(folder / name, member.content, member.executable)
