"""Get the data: ``python -m mnist_data fetch`` or ``python -m mnist_data make``."""

import argparse
import sys
from pathlib import Path

from mnist_data.errors import DataError
from mnist_data.fetch.fetch import fetch_mnist
from mnist_data.offline.make import make_offline_digits


def main(arguments=None):
    """Fetch MNIST or make the offline digits, as the command line says.

    Parameters
    ----------
    arguments : list of str, optional
        The command line, without the program's name; by default that of the process.

    Returns
    -------
    int
        The exit code: 0 done, 1 not to be had.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mnist_data", description="Get the data of the lab."
    )
    parser.add_argument("action", choices=("fetch", "make"), help="download MNIST, or draw digits")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent, help="default: this package"
    )
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(options):
    if options.action == "make":
        print(f"The offline digits are in {make_offline_digits(options.folder)}.")
        return
    for file in fetch_mnist(options.folder, say=lambda sentence: print(sentence, file=sys.stderr)):
        print(f"{file.path}: {f'from {file.source}' if file.source else 'was there'}")


if __name__ == "__main__":
    sys.exit(main())
