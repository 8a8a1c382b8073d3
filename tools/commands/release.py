"""`nnlab release`: the student tree and zip, proved; or whether the committed tree is stale."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click

from grader.errors import MaterialError
from tools.release import (
    Handout,
    Placed,
    build,
    find_differences,
    places_in,
    prove,
    put_in_place,
)

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@click.command(
    epilog="""\b
Examples:
  nnlab release              assignment/ and dist/ of the checkout
  nnlab release --out lab    the same somewhere else
  nnlab release --check      exit code 3 if assignment/ is stale"""
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=CHECKOUT,
    help="Folder for assignment/ and dist/*.zip.  [default: the checkout]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if assignment/ is stale.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print only errors.")
def command(out: Path, check: bool, as_json: bool, quiet: bool) -> None:
    """Make the student release from the reference.

    Removes the solutions from the marked blocks. Verifies that no solution line is left, and that
    the public checks fail on the stubs and pass on the solutions. Only then replaces the tree and
    the zip.
    """
    try:
        release = build(CHECKOUT)
        prove(release)
        placed = _check(out, release) if check else put_in_place(out, release.files, release.zip)
    except MaterialError as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "problems": list(error.problems)}, indent=2))
        raise
    if as_json:
        click.echo(json.dumps(_facts(release, placed), indent=2))
    elif not quiet:
        click.echo(_summary(release, placed, check))


def _check(out: Path, release: Handout) -> Placed:
    placed = places_in(out)
    differences = find_differences(placed.tree, release.files)
    if differences:
        raise MaterialError([*differences, "assignment/ is stale: run `nnlab release`"])
    return placed


def _facts(release: Handout, placed: Placed) -> dict[str, Any]:
    return {
        "ok": True,
        "tree": str(placed.tree),
        "zip": str(placed.zip),
        "sha256": hashlib.sha256(release.zip).hexdigest(),
        "bytes": len(release.zip),
        "files": list(release.files),
        "removed_lines": {s.task: len(s.lines) for s in release.solutions},
    }


def _summary(release: Handout, placed: Placed, check: bool) -> str:
    lines = sum(len(solution.lines) for solution in release.solutions)
    proof = f"{lines} lines of {len(release.solutions)} tasks removed, verified"
    if check:
        return f"{placed.tree} matches the sources ({len(release.files)} files; {proof})."
    digest = hashlib.sha256(release.zip).hexdigest()
    return "\n".join(
        [
            f"tree  {placed.tree}  ({len(release.files)} files; {proof})",
            f"zip   {placed.zip}  ({len(release.zip) / 1000:.0f} kB, SHA-256 {digest[:16]}...)",
        ]
    )
