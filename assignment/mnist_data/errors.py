"""The one error of this package, and how its messages are made."""

from pathlib import Path


class DataError(Exception):
    """The data cannot be found or cannot be used.

    The message is one sentence for a person: the file, what was found, what
    was expected and, if it helps, what to do.
    """


def wrong(path: str | Path, found: str, expected: str, advice: str = "") -> DataError:
    """Make the error for a file that holds `found` (a noun phrase) instead of `expected`."""
    advice = f"; {advice}" if advice else ""
    return DataError(f"{path}: found {found}, expected {expected}{advice}.")


def reason(error: OSError) -> str:
    """Say what went wrong in the operating system's words."""
    return error.strerror or str(error) or type(error).__name__


def make_folder(folder: str | Path) -> Path:
    """Make a folder and its parents, if they are missing; DataError if that fails."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: the folder cannot be made ({reason(error)}).") from error
    return folder
