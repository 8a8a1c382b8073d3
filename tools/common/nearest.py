"""The nearest right name to a wrong one: commands, choices and paths of the command line."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A question to put behind an error, or nothing where no name is near."""
    spelled = {each.casefold(): each for each in names}
    near = difflib.get_close_matches(name.casefold(), spelled, 1)
    return f" Did you mean {spelled[near[0]]!r}?" if near else ""


def nearest_path(path: Path) -> Path | None:
    """The path that differs in its first wrong part alone, and is there; None if there is none."""
    parts = path.parts
    for at in range(len(parts)):
        here = Path(*parts[: at + 1])
        if here.exists():
            continue
        around = here.parent
        is_open = around.is_dir() and os.access(around, os.R_OK)
        names = [each.name for each in around.iterdir()] if is_open else []
        near = difflib.get_close_matches(here.name, names, 1)
        found = Path(around, *near, *parts[at + 1 :])
        return found if near and found.exists() else None
    return None


class NearGroup(click.Group):
    """A group of commands that knows the nearest name to a wrong one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or fail with the one that was probably meant."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not name.startswith("-"):
            ctx.fail(f"There is no command {name!r}.{did_you_mean(name, names)}")
        return super().resolve_command(ctx, args)


class NearChoice(click.Choice[str]):
    """A choice that knows the nearest value to a wrong one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value, or a failure with the one that was probably meant."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            names = [str(each) for each in self.choices]
            self.fail(error.message + did_you_mean(str(value), names), param, ctx)


class NearPath(click.Path):
    """A path that has to be there, with the nearest one where it is not."""

    def __init__(self, *, dir_okay: bool = True, file_okay: bool = True) -> None:
        super().__init__(exists=True, dir_okay=dir_okay, file_okay=file_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, or a failure with the one that was probably meant."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            near = nearest_path(Path(value))
            if near is None:
                raise
            slash = "/" if near.is_dir() else ""
            self.fail(f"{error.message} Did you mean '{near}{slash}'?", param, ctx)
