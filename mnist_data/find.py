"""Find the data on this machine: MNIST if it is here, else the offline digits.

Nothing in this module uses the network.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_data.contents import MNIST, SYNTHETIC, TITLES, kind_of_folder
from mnist_data.errors import DataError, wrong
from mnist_data.offline import make_offline_digits


@dataclass(frozen=True)
class Place:
    """A folder where data may be."""

    origin: str  # why it is looked at: "MNIST_DIR", "working folder", "cache" or "folder"
    folder: Path  # absolute
    kind: str | None  # "mnist" or "synthetic"; None if the folder holds neither
    problem: str | None  # one sentence on why it holds neither


@dataclass(frozen=True)
class FoundData:
    """A folder that holds the four files of a set.

    Attributes
    ----------
    folder : Path
        Absolute; pass it to `read_data_sets`.
    kind : str
        "mnist" or "synthetic".
    origin : str
        Where it was found: "MNIST_DIR", "working folder" or "cache".
    """

    folder: Path
    kind: str
    origin: str

    def __str__(self) -> str:
        return f"{TITLES[self.kind]} in {self.folder} ({self.origin})"


def cache_folder() -> Path:
    """Return the user's cache folder of this kit, which may not exist yet.

    It is ``nnlab`` in `XDG_CACHE_HOME` or, if that is not set, in ``~/.cache``. Raises DataError if
    the user has no home folder.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():  # the XDG specification says to ignore relative paths
        return Path(base) / "nnlab"
    try:
        return Path.home() / ".cache" / "nnlab"
    except RuntimeError as error:
        raise DataError("There is no home folder for the cache: set XDG_CACHE_HOME.") from error


def mnist_cache() -> Path:
    """Return the cache folder for MNIST, which may not exist yet."""
    return cache_folder() / "mnist"


def digits_cache() -> Path:
    """Return the cache folder for the offline digits, which may not exist yet."""
    return cache_folder() / "digits"


def look_around() -> list[Place]:
    """Look at every folder where data may be, in the order of preference."""
    named = os.environ.get("MNIST_DIR")
    folders = [("MNIST_DIR", Path(named))] if named else []
    folders += [
        ("working folder", Path("mnist_data")),
        ("cache", mnist_cache()),
        ("cache", digits_cache()),
    ]
    return [look_at(origin, folder) for origin, folder in folders]


def look_at(origin: str, folder: str | Path) -> Place:
    """Look at one folder; `origin` says why, in a few words."""
    folder = Path(folder).absolute()
    try:
        return Place(origin, folder, kind_of_folder(folder), None)
    except DataError as error:
        return Place(origin, folder, None, str(error))


def find_data(kind: str = "auto", progress: Callable[[int, int], None] | None = None) -> FoundData:
    """Find the data to work with, and draw the offline digits if there is none.

    Looks into `MNIST_DIR`, into ``mnist_data`` in the working folder and into the
    user's cache. The offline digits are drawn in the cache, once.

    Parameters
    ----------
    kind : {"auto", "mnist", "synthetic"}
        "auto" takes MNIST if any of the folders holds it, else the offline digits.
    progress : callable, optional
        Called as ``progress(done, total)``, in images, while the digits are drawn.

    Returns
    -------
    FoundData
        The folder, and what it holds.

    Raises
    ------
    DataError
        If `MNIST_DIR` names a folder that cannot be used, if MNIST is asked for and not
        found, or if the offline digits cannot be drawn.
    """
    if kind not in ("auto", MNIST, SYNTHETIC):
        raise ValueError(f"kind is {kind!r}, expected 'auto', 'mnist' or 'synthetic'")
    places = look_around()
    found = choose(places, kind)
    if found:
        return found
    if kind == MNIST:
        looked = ", ".join(str(place.folder) for place in places)
        advice = '"nnlab data fetch" downloads it'
        raise wrong("MNIST", f"it in none of {looked}", "it in one of them", advice)
    return FoundData(make_cached_digits(progress), SYNTHETIC, "cache")


def make_cached_digits(progress: Callable[[int, int], None] | None = None) -> Path:
    """Draw the offline digits in the cache, if they are not there yet, and return the folder."""
    # Nothing in the cache can be lost: other digits there are from an older version.
    return make_offline_digits(digits_cache(), progress, replace=True)


def choose(places: Sequence[Place], kind: str = "auto") -> FoundData | None:
    """Choose among the places that `look_around` found; None if no place has the data.

    Raises DataError if `MNIST_DIR` names a folder that cannot be used. Taking other data without
    a word would not be what the user asked for.
    """
    for wanted in (MNIST, SYNTHETIC) if kind == "auto" else (kind,):
        for place in places:
            if place.origin == "MNIST_DIR" and place.problem and kind != SYNTHETIC:
                raise DataError(f"MNIST_DIR does not name usable data: {place.problem}")
            if place.kind == wanted:
                return FoundData(place.folder, place.kind, place.origin)
    return None
