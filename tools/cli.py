"""The `nnlab` command: finds the subcommand, prints its errors, returns its exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from grader.errors import KitError, MaterialError, NnlabError
from tools.common.machine import ONE_BLAS_THREAD
from tools.common.nearest import NearGroup

# Group -> name -> one line for the list. The code is in tools/commands/<name>.py as `command`,
# imported only when it is asked for, so that `nnlab --help` stays quick.
GROUPS = {
    "Teach": {
        "release": "Make the student release from the reference.",
        "transcript": "Compare the reference with the published run.",
        "notebook": "Check the reference notebook, or render it.",
    },
    "Grade": {
        "grade": "Grade one submission or a whole class.",
        "judge": "Judge again after you changed the rubric.",
        "report": "Write pages and tables again.",
        "accept": "Accept grades that are held back.",
        "similar": "List submissions that are more alike than the lab explains.",
        "questions": "Print oral-exam questions about a student's own work.",
    },
    "Decide": {
        "serve": "Open the instructor's desk in your browser.",
    },
    "Give back": {
        "export": "Write grades in your learning system's format.",
        "gradescope": "Build an autograder zip for Gradescope.",
        "prairielearn": "Make a PrairieLearn question and its grader.",
        "ci": "Print a workflow for GitHub Actions.",
    },
    "Maintain": {
        "data": "Find, fetch, make or verify the images.",
        "rescue": "Save what can be read of a damaged gradebook.",
        "forget": "Remove a student with all their data.",
        "pseudonymize": "Write a copy of OUT without names, for sharing.",
        "completion": "Print a completion script for your shell.",
    },
}
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}

HELP = """Teach the lab "a two-layer neural network on MNIST", and grade it.

Build the release and hand it out. Grade your learning system's download unchanged. Decide
doubtful grades on the desk. Give the grades back. `nnlab` without a command shows the next step in
this folder. `nnlab COMMAND --help` describes a command, with examples.
"""

EPILOG = """\b
A class, from beginning to end:
  nnlab release --out lab
  nnlab grade submissions.zip -o grades
  nnlab serve grades
  nnlab export grades --to canvas gradebook.csv

\b
Exit codes:
  0  done
  1  done, but some submissions need a decision; they are listed
  2  wrong usage
  3  a mistake in your own files: rubric, roster, CSV, markers, notebook
  4  the kit or the machine failed; no student gets a zero for it
"""


class _Commands(NearGroup):
    """Loads subcommands when they are asked for, and lists them by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"tools.commands.{name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        return [CompletionItem(name, help=COMMANDS[name]) for name in names] or (
            click.Command.shell_complete(self, ctx, incomplete)
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])


@click.group(
    cls=_Commands,
    help=HELP,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="nnlab", prog_name="nnlab")
@click.pass_context
def nnlab(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        from tools.commands.next_steps import next_steps

        click.echo(next_steps(Path.cwd()))


def exit_code(error: NnlabError) -> int:
    """0 done, 1 some need attention, 2 wrong usage, 3 the author's material, 4 the kit."""
    if isinstance(error, MaterialError):
        return 3
    return 4 if isinstance(error, KitError) else 1


def main() -> None:
    """Run the command line and end the process with its exit code."""
    os.environ.update(ONE_BLAS_THREAD)  # before any command loads numpy
    try:
        Path.cwd()
    except OSError:
        click.echo("nnlab: the working folder is gone; change to another folder first", err=True)
        sys.exit(2)
    try:
        sys.exit(nnlab(prog_name="nnlab"))
    except NnlabError as error:
        click.echo(f"nnlab: {error}", err=True)
        sys.exit(exit_code(error))
    except Exception:
        # Python's own exit code for this is 1, which says "done, some need attention".
        traceback.print_exc()
        click.echo("nnlab: this is a bug in the kit; report it with the lines above.", err=True)
        sys.exit(4)


if __name__ == "__main__":
    main()
