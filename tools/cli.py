"""The `nnlab` command: finds the subcommand, prints its errors, returns its exit code."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from typing import Any

import click

from grader.errors import KitError, MaterialError, NnlabError
from tools.machine import ONE_BLAS_THREAD

# name -> one line for the list; the code is in tools/commands/<name>.py as `command`,
# imported only when it is asked for, so that `nnlab --help` stays quick.
COMMANDS = {
    "release": "Make the student release from the reference.",
    "data": "MNIST or the offline digits: status, fetch, make, verify.",
    "transcript": "Run the reference through the published run, figure by figure.",
    "notebook": "Check the reference notebook, or execute it and render it as HTML.",
    "grade": "Grade one submission or a whole class.",
    "judge": "Judge again from the gradebook, after a change of the rubric.",
    "report": "Write the reports again from stored verdicts.",
    "export": "Write grades for a learning system.",
    "gradescope": "Build an autograder zip for Gradescope.",
    "prairielearn": "Make a PrairieLearn question and its grader.",
    "ci": "Print a workflow for GitHub Actions.",
}


class _Commands(click.Group):
    """Loads subcommands when they are asked for and knows the nearest name to a wrong one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(f"tools.commands.{name}").command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nnlab")
def nnlab() -> None:
    """Teach and grade the lab "a two-layer neural network on MNIST"."""


def exit_code(error: NnlabError) -> int:
    """0 done, 1 some need attention, 2 wrong usage, 3 the author's material, 4 the kit."""
    if isinstance(error, MaterialError):
        return 3
    return 4 if isinstance(error, KitError) else 1


def main() -> None:
    """Run the command line and end the process with its exit code."""
    os.environ.update(ONE_BLAS_THREAD)  # before any command loads numpy
    try:
        sys.exit(nnlab(standalone_mode=True))
    except NnlabError as error:
        click.echo(f"nnlab: {error}", err=True)
        sys.exit(exit_code(error))
    except Exception:
        # Python's own exit code for this is 1, which says "done, some need attention".
        traceback.print_exc()
        click.echo("nnlab: this is a fault of the kit; nothing that was stored is lost.", err=True)
        sys.exit(4)


if __name__ == "__main__":
    main()
