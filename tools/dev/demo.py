"""`make demo`: the release, a sample class, its grades, and where to look."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from grader.errors import KitError
from mnist_data.errors import DataError
from mnist_data.find import find_data
from tools.dev.sample_class import write_sample_class

DEMO = Path(__file__).resolve().parents[2] / "demo"


def main() -> None:
    """Run the commands that an instructor would, and say what each one is for."""
    shutil.rmtree(DEMO, ignore_errors=True)
    _step("The student release, verified before it is written")
    _nnlab("release", "--out", DEMO / "release")
    _step("The data")
    kind = _data_kind()
    _step("The reference and the published figures")
    _nnlab("transcript")
    _step("A sample class in the format of Canvas, graded")
    count = write_sample_class(DEMO / "class", kind)
    click.echo(f"{count} archives in {_shown(DEMO / 'class')}.")
    # Exit code 1: done, some need attention. In this class some do.
    _nnlab("grade", DEMO / "class", "-o", DEMO / "report", allowed=(0, 1))
    _step("Done")
    click.echo(f"Student zip: {_shown(next((DEMO / 'release').rglob('*.zip')))}")
    click.echo(f"Dashboard:   {_shown(DEMO / 'report' / 'index.html')} (open it in a browser)")
    click.echo(f"Desk:        .venv/bin/nnlab serve {_shown(DEMO / 'report')}")


def _data_kind() -> str:
    try:
        found = find_data("auto", progress=None)
    except DataError as error:
        raise KitError(str(error)) from error
    click.echo(f"{found}.")
    return found.kind


def _step(text: str) -> None:
    click.secho(f"\n== {text}", bold=True)


def _nnlab(*arguments: object, allowed: tuple[int, ...] = (0,)) -> None:
    """Run one command of the kit; its exit code ends the demo if it is not among the allowed."""
    words = [str(argument) for argument in arguments]
    click.echo("$ nnlab " + " ".join(_shown(word) for word in words))
    code = subprocess.run([sys.executable, "-m", "tools.cli", *words], check=False).returncode
    if code not in allowed:
        sys.exit(code)


def _shown(path: object) -> str:
    """A path as seen from the checkout."""
    return str(path).replace(f"{DEMO.parent}/", "")


if __name__ == "__main__":
    main()
