"""`nnlab data`: what data is on this machine, and how to get some."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress

from grader.errors import KitError
from mnist_data.contents import FINGERPRINTS, TITLES, kind_of_file, kind_of_folder
from mnist_data.errors import DataError
from mnist_data.fetch import TIMEOUT_S, FetchError, fetch_mnist
from mnist_data.files import FILES, find_files
from mnist_data.find import (
    Place,
    choose,
    digits_cache,
    look_around,
    look_at,
    make_cached_digits,
    mnist_cache,
)
from mnist_data.offline import make_offline_digits
from tools.commands.options import Number, json_option, quiet_option
from tools.common.nearest import NearChoice

# What an action tells: a record for machines, lines for people, and what went wrong, if anything.
Told = tuple[dict[str, Any], list[str], str | None]


def status(folder: Path | None) -> Told:
    """What lies where, and what `auto` would take; nothing is made or fetched."""
    places = [look_at("folder", folder)] if folder else look_around()
    lines = [_describe(place) for place in places]
    record: dict[str, Any] = {"places": [asdict(place) for place in places]}
    if folder:
        return record, lines, None
    try:
        found = choose(places)
    except DataError as error:
        return {**record, "auto": None}, lines, str(error)
    record["auto"] = asdict(found) if found else None
    would_make = f"would make {TITLES['synthetic']} in {digits_cache()}"
    return record, [*lines, f"auto: {found or would_make}"], None


def fetch(folder: Path | None, mirrors: tuple[str, ...], timeout_s: float, quiet: bool) -> Told:
    """Download MNIST, or copy it from a folder."""
    folder = folder or mnist_cache()
    with _watch(quiet, DownloadColumn()) as watch:
        files = fetch_mnist(folder, mirrors or None, progress=watch, timeout_s=timeout_s)
    lines = [
        f"{file.path}: {f'fetched from {file.source}' if file.source else 'already there'}"
        for file in files
    ]
    record = {"folder": folder, "kind": "mnist", "files": [asdict(file) for file in files]}
    return record, lines, None


def make(folder: Path | None, quiet: bool) -> Told:
    """Make the offline digits."""
    with _watch(quiet, MofNCompleteColumn()) as watch:
        tell = partial(watch, "drawing digits")
        made = make_offline_digits(folder, tell) if folder else make_cached_digits(tell)
    return {"folder": made, "kind": "synthetic"}, [f"{made}: {TITLES['synthetic']}"], None


def verify(folder: Path | None) -> Told:
    """Read all of a set and compare its digests."""
    folder = folder or _folder_to_verify()
    files = [_verify(path, name) for path, name in zip(find_files(folder), FILES, strict=True)]
    problem = next((file["problem"] for file in files if file["problem"]), None)
    kind = None
    if not problem:
        try:
            kind = kind_of_folder(folder)
        except DataError as error:
            problem = str(error)
    right = "size and SHA-256 of the content are right"
    lines = [
        file["problem"] or f"{file['path']}: {TITLES[file['kind']]}, {right}" for file in files
    ]
    return {"folder": folder, "kind": kind, "files": files, "problem": problem}, lines, problem


def _folder_to_verify() -> Path:
    found = choose(look_around())
    if found is None:
        raise DataError(
            'There is no data to verify: "nnlab data status" shows where the kit looks.'
        )
    return found.folder


def _verify(path: Path, name: str) -> dict[str, Any]:
    try:
        kind = kind_of_file(path, name)
    except DataError as error:
        return {"path": path, "kind": None, "problem": str(error)}
    problem = None
    if kind not in FINGERPRINTS:
        problem = f"{path}: found {TITLES[kind]}, expected MNIST or the offline digits."
    return {"path": path, "kind": kind, "problem": problem}


def _describe(place: Place) -> str:
    if place.kind:
        return f"{place.origin}: {TITLES[place.kind]} in {place.folder}"
    return f"{place.origin}: {place.problem}"


@contextmanager
def _watch(quiet: bool, amount: Any) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each thing that is waited for, on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    is_shown = console.is_terminal and not quiet
    columns = ("{task.description}", BarColumn(), amount)
    with Progress(*columns, console=console, disable=not is_shown) as progress:
        bars: dict[str, Any] = {}

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name)
            progress.update(bars[name], completed=done, total=total)

        yield watch


@click.command(
    epilog="""\b
Examples:
  nnlab data
  nnlab data fetch --from ~/Downloads/mnist
  nnlab data make --folder mnist_data"""
)
@click.argument("action", type=NearChoice(["status", "fetch", "make", "verify"]), default="status")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Folder to read or write. Default: read MNIST_DIR, mnist_data/ and the user's cache, and "
    "write the cache.",
)
@click.option(
    "--from",
    "mirrors",
    multiple=True,
    metavar="ADDRESS",
    help="For fetch: a base address (http, https, file) or a folder, instead of MNIST_MIRROR "
    "and the built-in mirrors. Can be repeated.",
)
@click.option(
    "--timeout-s",
    type=Number(min=0, min_open=True),
    metavar="S",
    default=TIMEOUT_S,
    show_default=True,
    help="For fetch: give up on a server after this many seconds of silence.",
)
@json_option
@quiet_option
def command(
    action: str,
    folder: Path | None,
    mirrors: tuple[str, ...],
    timeout_s: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find, fetch, make or verify the images: MNIST or the offline digits.

    \b
    status  show what each place has, and what the kit would use (the default)
    fetch   download MNIST, or copy it from a folder
    make    make the offline digits, for machines without MNIST
    verify  read everything and compare size and SHA-256
    """  # noqa: D301  click reads the \b
    if mirrors and action != "fetch":
        raise click.UsageError(f"--from works with fetch, not with {action}.")
    try:
        if action == "fetch":
            record, lines, problem = fetch(folder, mirrors, timeout_s, quiet)
        elif action == "make":
            record, lines, problem = make(folder, quiet)
        else:
            record, lines, problem = (status if action == "status" else verify)(folder)
    except FetchError as error:
        raise KitError(f'{error} To work without MNIST, draw digits: "nnlab data make".') from error
    except DataError as error:
        raise KitError(str(error)) from error
    if as_json:
        click.echo(json.dumps(record, indent=2, default=str))
    elif not quiet:
        click.echo("\n".join(lines))
    if problem:
        raise KitError(problem)
