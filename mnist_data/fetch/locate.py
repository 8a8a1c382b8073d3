"""Find the data on this machine: MNIST where it is, else the offline digits.

Nothing here uses the network.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from mnist_data.contents import MNIST, SYNTHETIC, TITLES, kind_of_folder
from mnist_data.errors import DataError, wrong
from mnist_data.fetch.cache import digits_cache, mnist_cache
from mnist_data.offline.make import make_offline_digits


@dataclass(frozen=True)
class Place:
    """A folder where data is looked for.

    Attributes
    ----------
    origin : str
        Why it is looked at, in a few words.
    folder : Path
        Absolute.
    kind : str or None
        "mnist" or "synthetic"; None where the folder holds neither.
    problem : str or None
        One sentence on why it holds neither; None where it does.
    """

    origin: str
    folder: Path
    kind: str | None
    problem: str | None


@dataclass(frozen=True)
class FoundData:
    """A folder with the four files of a set.

    Attributes
    ----------
    folder : Path
        Absolute; to be given to `read_data_sets`.
    kind : str
        "mnist" or "synthetic".
    origin : str
        Where it was found, in a few words: "MNIST_DIR", "working folder" or "cache".
    """

    folder: Path
    kind: str
    origin: str

    def __str__(self):
        return f"{TITLES[self.kind]} in {self.folder} ({self.origin})"


def look_around():
    """Look at every folder where data may be.

    Returns
    -------
    list of Place
        In the order in which they are preferred.
    """
    named = os.environ.get("MNIST_DIR")
    folders = [("MNIST_DIR", Path(named))] if named else []
    folders += [
        ("working folder", Path("mnist_data")),
        ("cache", mnist_cache()),
        ("cache", digits_cache()),
    ]
    return [look_at(origin, folder) for origin, folder in folders]


def look_at(origin, folder):
    """Look at one folder.

    Parameters
    ----------
    origin : str
        Why it is looked at, in a few words.
    folder : str or Path
        The folder.

    Returns
    -------
    Place
        What it holds, or why it holds nothing of use.
    """
    folder = Path(folder).absolute()
    try:
        return Place(origin, folder, kind_of_folder(folder), None)
    except DataError as error:
        return Place(origin, folder, None, str(error))


def find_data(kind="auto", progress=None):
    """The data to work with.

    Parameters
    ----------
    kind : {"auto", "mnist", "synthetic"}
        "auto" takes MNIST where any of the folders holds it, else the offline digits.
    progress : callable, optional
        Handed on to `make_digits`, where the offline digits have to be made first.

    Returns
    -------
    FoundData
        The folder, and what it holds.

    Raises
    ------
    DataError
        If `MNIST_DIR` names a folder that cannot be used, MNIST is asked for and not there, or
        the offline digits cannot be made.

    Notes
    -----
    Looks into `MNIST_DIR`, into ``mnist_data`` of the working folder and into the user's
    cache. Offline digits that are found nowhere are made in the cache, once.
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
    return FoundData(make_offline_digits(progress=progress), SYNTHETIC, "cache")


def choose(places, kind="auto"):
    """The data that is taken of what was found.

    Parameters
    ----------
    places : list of Place
        As `look_around` found them.
    kind : {"auto", "mnist", "synthetic"}
        As for `find_data`.

    Returns
    -------
    FoundData or None
        None where no place has any.

    Raises
    ------
    DataError
        If `MNIST_DIR` names a folder that cannot be used. Somebody meant it: to go on with
        other data in silence would not be what they asked for.
    """
    for wanted in (MNIST, SYNTHETIC) if kind == "auto" else (kind,):
        for place in places:
            if place.origin == "MNIST_DIR" and place.problem and kind != SYNTHETIC:
                raise DataError(f"MNIST_DIR does not name usable data: {place.problem}")
            if place.kind == wanted:
                return FoundData(place.folder, place.kind, place.origin)
    return None
