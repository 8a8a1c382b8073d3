"""`nnlab export`: grades of an OUT folder for a learning system."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from tools.commands.options import json_option, out_argument
from tools.common.atomic_write import write_atomic
from tools.common.nearest import NearChoice, NearPath
from tools.common.plural import plural
from tools.common.sanitize import line
from tools.course.export import (
    SYSTEMS,
    Export,
    Request,
    export_grades,
    feedback_zip,
    left_over,
    load_grades,
)
from tools.course.export.feedback import FILE as FEEDBACK
from tools.course.export.feedback import NAMES
from tools.course.export.gradescope import HIDDEN_CHECKS, VISIBILITIES
from tools.course.report.current import make_current

FROM_FILE = ("canvas", "moodle", "brightspace", "blackboard")


@click.command(
    "export",
    epilog="""\b
Examples:
  nnlab export grades --to canvas 2026-03-02_Grades.csv --column "Lab 1"
  nnlab export grades --to moodle worksheet.csv
  nnlab export grades --to moodle --feedback
  nnlab export grades --to csv -o scores.csv""",
)
@out_argument
@click.argument("files", nargs=-1, type=NearPath(dir_okay=False))
@click.option(
    "--to",
    "system",
    type=NearChoice(list(SYSTEMS)),
    required=True,
    help="The learning system, or a format.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write; a folder for gradescope and prairielearn.  [default: in OUT/exports]",
)
@click.option("--column", help="Header of the grade column, or the item's name.")
@click.option("--feedback-column", help="Header of the feedback column.")
@click.option("--encoding", help="Encoding of FILE, if it is neither UTF-8 nor UTF-16.")
@click.option("--scale", is_flag=True, help="Convert to the maximum of the system's column.")
@click.option("--by-name", is_flag=True, help="Match students by name if no id matches.")
@click.option("--with-attention", is_flag=True, help="Also write scores that are held back.")
@click.option(
    "--hidden-checks",
    type=NearChoice(VISIBILITIES),
    default=HIDDEN_CHECKS,
    show_default=True,
    help="When Gradescope shows hidden checks to students.",
)
@click.option(
    "--feedback",
    is_flag=True,
    help=f"Write {FEEDBACK} instead: feedback pages, named as the system expects them.",
)
@json_option
def command(
    out: Path,
    files: tuple[Path, ...],
    system: str,
    output: Path | None,
    feedback: bool,
    as_json: bool,
    column: str | None,
    feedback_column: str | None,
    encoding: str | None,
    scale: bool,
    by_name: bool,
    with_attention: bool,
    hidden_checks: str,
) -> None:
    """Write the grades in OUT in a learning system's format.

    FILE is your download from the system: the gradebook of Canvas, the worksheet of Moodle, the
    export of Brightspace, the download of Blackboard. The command fills in the grades and changes
    nothing else. It lists the students whose grades it could not write, and then exits with code 1.
    """
    _check_usage(files, system, feedback)
    make_current(out)
    request = Request(
        grades=load_grades(out),
        source=files[0].read_bytes() if files else None,
        source_name=files[0].name if files else "",
        column=column,
        feedback_column=feedback_column,
        encoding=encoding,
        scale=scale,
        by_name=by_name,
        with_attention=with_attention,
        hidden_checks=hidden_checks,
    )
    export = feedback_zip(request, system) if feedback else export_grades(system, request)
    target = _write(export, out, system, output, files)
    notes = [
        f"{student}: this report is from an earlier run and was left out"
        for student in left_over(out)
    ]
    _say(replace(export, notes=(*export.notes, *notes)), target, system, as_json)
    sys.exit(1 if export.problems else 0)


def _check_usage(files: tuple[Path, ...], system: str, feedback: bool) -> None:
    if len(files) > 1:
        raise click.UsageError("Give only one FILE at a time.")
    if files and (system not in FROM_FILE or feedback):
        raise click.UsageError(f"{system} takes no FILE here: {files[0].name} would be ignored.")
    if feedback and system not in NAMES:
        raise click.UsageError(
            f"{system} takes no feedback files; --feedback knows {', '.join(NAMES)}."
        )


def _write(
    export: Export, out: Path, system: str, output: Path | None, sources: tuple[Path, ...]
) -> Path:
    """Write the files, each whole or not at all, and give the path to name."""
    single = len(export.files) == 1 and "/" not in next(iter(export.files))
    default = out / "exports" / (next(iter(export.files)) if single else system)
    target = output or default
    paths = [target] if single else [target / name for name in export.files]
    if any(path.exists() and path.samefile(source) for path in paths for source in sources):
        raise click.UsageError(f"{target} is the file that you downloaded; choose another -o.")
    if single and target.is_dir():
        raise click.UsageError(f"{target} is a folder, expected a file.")
    for path, content in zip(paths, export.files.values(), strict=True):
        write_atomic(path, content)
    return target


def _say(export: Export, target: Path, system: str, as_json: bool) -> None:
    if as_json:
        problems = [
            {"student": each.student, "kind": each.kind, "reason": each.text}
            for each in export.problems
        ]
        said = {"to": system, "output": str(target), "written": list(export.written)}
        click.echo(json.dumps(said | {"problems": problems, "notes": list(export.notes)}))
        return
    count = len(export.written)
    click.echo(f"{plural(count, 'student')} for {system} in {target}")
    for note in export.notes:
        click.echo(f"note: {line(note)}")
    for problem in export.problems:
        text = f"{line(problem.student)}: {problem.kind}: {line(problem.text)}"
        click.echo(f"not written: {text}", err=True)
    if export.problems:
        counts = Counter(problem.kind for problem in export.problems)
        summary = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        click.echo(f"{len(export.problems)} not written: {summary}", err=True)
