"""Make the offline digits in a folder, all four files or none."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mnist_data.contents import SYNTHETIC, TITLES, holds, kind_of_folder
from mnist_data.errors import DataError, make_folder, reason, wrong
from mnist_data.files import FILES

Progress = Callable[[int, int], None]  # images so far, and in all


def make_offline_digits(
    directory: str | Path, progress: Progress | None = None, replace: bool = False
) -> Path:
    """Make the offline digits in a folder, if they are not there yet; return its absolute path.

    Raises DataError if the folder cannot be written to, if it holds another set (unless
    `replace` allows to overwrite it), or if the digits differ from those on other machines.
    """
    folder = make_folder(directory).absolute()
    if _is_made(folder):
        return folder
    if not replace:
        for name in FILES:
            holds(folder, name, SYNTHETIC)  # raises for a sound file of another set
    _make(folder, progress)
    return folder


def _is_made(folder: Path) -> bool:
    try:
        return kind_of_folder(folder) == SYNTHETIC
    except DataError:
        return False


def _make(folder: Path, progress: Progress | None) -> None:
    from mnist_data.offline.digits import make_digits  # slow to import, and rarely needed

    try:
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as workshop:
            make_digits(Path(workshop), progress=progress)
            kind = kind_of_folder(workshop, thorough=True)
            if kind != SYNTHETIC:
                raise wrong(workshop, TITLES[kind], TITLES[SYNTHETIC])
            for name in FILES:
                (Path(workshop) / name).replace(folder / name)
    except OSError as error:
        raise DataError(f"{folder}: the digits cannot be written ({reason(error)}).") from error
