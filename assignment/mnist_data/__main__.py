"""Get the data: ``python -m mnist_data fetch`` or ``python -m mnist_data make``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_data.errors import DataError
from mnist_data.fetch import FetchError, fetch_mnist
from mnist_data.offline import make_offline_digits


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch MNIST or make the offline digits, and return the exit code, 0 or 1."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_data", description="Get the data of the lab."
    )
    parser.add_argument("action", choices=("fetch", "make"), help="download MNIST, or draw digits")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent, help="default: this package"
    )
    options = parser.parse_args(arguments)
    try:
        _fetch(options.folder) if options.action == "fetch" else _make(options.folder)
    except FetchError as error:
        print(error, file=sys.stderr)
        print('To work without MNIST, draw digits: "python -m mnist_data make".', file=sys.stderr)
        return 1
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _fetch(folder: Path) -> None:
    files = fetch_mnist(folder, progress=_show_progress)
    for file in files:
        print(f"{file.path}: {f'from {file.source}' if file.source else 'already there'}")


def _make(folder: Path) -> None:
    def show(done: int, total: int) -> None:
        _show_progress("digits", done, total)

    print(f"The offline digits are in {make_offline_digits(folder, show)}.")


def _show_progress(name: str, done: int, total: int | None) -> None:
    """Keep one line of a terminal up to date; print nothing to a file."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{name}: {done:,} of {total or 0:,}", end=end, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
