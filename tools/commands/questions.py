"""`nnlab questions`: oral-exam questions about a student's own work."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from tools.commands.options import check_students, graded_argument, json_option
from tools.common import sanitize
from tools.course.gradebook.book import Gradebook
from tools.course.oral_exam import OralQuestion, questions_for


@click.command(
    epilog="""\b
Examples:
  nnlab questions grades obrienkai     five questions for one student
  nnlab questions grades               for everybody
  nnlab questions grades --json        for a script

The questions come from the student's own source and from what the kit measured. The same gradebook
gives the same questions."""
)
@graded_argument
@click.argument("student", required=False)
@json_option
def command(out: Path, student: str | None, as_json: bool) -> None:
    """Print five oral-exam questions for each student, with the expected answers."""
    with Gradebook(out, write=False) as book:
        students = book.students()
        chosen = students if student is None else [student]
        check_students(chosen, students)
        asked = {one: questions_for(book, one) for one in chosen}
    if as_json:
        click.echo(json.dumps({who: [asdict(q) for q in found] for who, found in asked.items()}))
        return
    click.echo("\n\n".join(_sheet(who, found) for who, found in asked.items()))


def _sheet(student: str, questions: tuple[OralQuestion, ...]) -> str:
    lines = [sanitize.line(student)]
    if not questions:
        lines.append("   No questions: the kit could not read the source reliably.")
    for number, one in enumerate(questions, 1):
        lines.append(f"{number}. {one.task}  {sanitize.line(one.question, 500)}")
        lines.append(f"   Expected: {sanitize.line(one.answer, 500)}")
    return "\n".join(lines)
