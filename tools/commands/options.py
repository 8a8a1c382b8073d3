"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import click

from grader.errors import KitError
from grader.two_layer_net import LAB
from tools.common.machine import available_cores
from tools.common.nearest import NearPath, did_you_mean
from tools.course.gradebook.book import expect_gradebook


class WholeNumber(click.IntRange):
    """A whole number in a range, called by a name that people know."""

    name = "whole number"


class Number(click.FloatRange):
    """A number in a range."""

    name = "number"


class GradedFolder(NearPath):
    """A folder that `nnlab grade` has made."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder, or a failure where it holds no gradebook."""
        out = super().convert(value, param, ctx)
        try:
            expect_gradebook(out)
        except KitError as error:
            self.fail(str(error), param, ctx)
        return out


class RubricPath(NearPath):
    """A rubric, or the word for the kit's own."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path of the rubric."""
        return LAB.rubric_path if value == "default" else super().convert(value, param, ctx)


def check_students(students: Iterable[str], there: Collection[str]) -> None:
    """Fail as wrong usage if a student is unknown, with the nearest one."""
    for student in students:
        if student not in there:
            near = did_you_mean(student, there)
            raise click.UsageError(f"There is no student {student!r}.{near}")


out_argument = click.argument("out", type=NearPath(file_okay=False), metavar="OUT")
graded_argument = click.argument("out", type=GradedFolder(file_okay=False), metavar="OUT")
seed_option = click.option(
    "--seed",
    type=WholeNumber(0, 2**63 - 1),  # what the gradebook holds
    metavar="N",
    help="Seed of the hidden questions (default: drawn once for each OUT).",
)
rubric_option = click.option(
    "--rubric",
    type=RubricPath(dir_okay=False),
    metavar="FILE|default",
    help='Rubric to judge with; OUT keeps it. "default" is the kit\'s grader/rubric.toml.',
)
jobs_option = click.option(
    "--jobs",
    type=WholeNumber(min=1),
    default=available_cores,
    metavar="N",
    help="Processes (default: one per core).",
)
mnist_option = click.option(
    "--mnist",
    type=NearPath(file_okay=False),
    help="Pack the MNIST files of this folder (default: MNIST if it is on this machine).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
quiet_option = click.option("--quiet", is_flag=True, help="Print only errors.")
