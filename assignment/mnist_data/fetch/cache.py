"""The user's cache: where data is kept that this kit fetched or made."""

import os
from pathlib import Path

from mnist_data.errors import DataError


def cache_folder():
    """The user's cache folder of this kit, which may not exist yet.

    Returns
    -------
    Path
        ``nnlab`` in `XDG_CACHE_HOME` or, where that is not set, in ``~/.cache``.

    Raises
    ------
    DataError
        If the user has no home folder.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():  # the XDG specification: relative paths are to be ignored
        return Path(base) / "nnlab"
    try:
        return Path.home() / ".cache" / "nnlab"
    except RuntimeError as error:
        raise DataError(
            "The cache folder is unknown, as there is no home folder: set XDG_CACHE_HOME."
        ) from error


def mnist_cache():
    """Folder of the cache that MNIST is fetched into.

    Returns
    -------
    Path
        It may not exist yet.
    """
    return cache_folder() / "mnist"


def digits_cache():
    """Folder of the cache that the offline digits are made in.

    Returns
    -------
    Path
        It may not exist yet.
    """
    return cache_folder() / "digits"
