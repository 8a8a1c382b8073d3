"""Make the offline digits in a folder, all four files or none."""

import tempfile
from pathlib import Path

from mnist_data.contents import SYNTHETIC, TITLES, holds, kind_of_folder
from mnist_data.errors import DataError, make_folder, reason, wrong
from mnist_data.fetch.cache import digits_cache
from mnist_data.files import FILES


def make_offline_digits(directory=None, progress=None):
    """Make the offline digits, where they are not there yet.

    Parameters
    ----------
    directory : str or Path, optional
        The folder, which is made if need be; by default one in the user's cache.
    progress : callable, optional
        Handed on to `make_digits`.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    DataError
        If the folder cannot be written to, or other data is in it, or what was made is not what
        it is on every other machine.
    """
    folder = make_folder(directory or digits_cache()).absolute()
    # In the cache nothing can be lost: what is not right was made by an older version.
    done = _is_made(folder) if directory is None else _holds_all(folder)
    if not done:
        _make(folder, progress)
    return folder


def _holds_all(folder):
    held = [holds(folder, name, SYNTHETIC) for name in FILES]  # each is looked at, for its error
    return all(held)


def _is_made(folder):
    try:
        return kind_of_folder(folder) == SYNTHETIC
    except DataError:
        return False


def _make(folder, progress):
    from mnist_data.offline.digits import make_digits  # a generator that few runs need

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
