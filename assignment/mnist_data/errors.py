"""The one error of this package."""

from pathlib import Path


class DataError(Exception):
    """The data cannot be had or cannot be used.

    The message is one sentence for a person: which file, what was found, what
    was expected and, where it helps, what to do.
    """


def wrong(path, found, expected, advice=""):
    """The error of a file that holds something else than it should.

    Parameters
    ----------
    path : str or Path
        The file, or the address it came from.
    found, expected : str
        What is there and what should be there, as noun phrases.
    advice : str, optional
        What to do about it, as a main clause.

    Returns
    -------
    DataError
        To be raised by the caller.
    """
    advice = f"; {advice}" if advice else ""
    return DataError(f"{path}: found {found}, expected {expected}{advice}.")


def reason(error):
    """What the operating system says went wrong, in a few words.

    Parameters
    ----------
    error : OSError
        As it was caught.

    Returns
    -------
    str
        Such as "No space left on device".
    """
    return error.strerror or str(error) or type(error).__name__


def make_folder(folder):
    """Make a folder and those above it, where they are not there yet.

    Parameters
    ----------
    folder : str or Path
        The folder.

    Returns
    -------
    Path
        The same folder.

    Raises
    ------
    DataError
        If it cannot be made, or something else has its name.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: the folder cannot be made ({reason(error)}).") from error
    return folder
