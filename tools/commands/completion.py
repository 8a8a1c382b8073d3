"""`nnlab completion`: what a shell needs to complete commands, options and paths."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tools.common.nearest import NearChoice

SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog="""\b
Examples:
  nnlab completion bash >> ~/.bashrc
  nnlab completion zsh >> ~/.zshrc
  nnlab completion fish > ~/.config/fish/completions/nnlab.fish

Open a new shell afterwards."""
)
@click.argument("shell", type=NearChoice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that lets your shell complete commands, options and paths."""
    of_shell = get_completion_class(shell)
    assert of_shell is not None, shell  # click ships all of SHELLS
    program = ctx.find_root().command
    click.echo(of_shell(program, {}, "nnlab", "_NNLAB_COMPLETE").source())
