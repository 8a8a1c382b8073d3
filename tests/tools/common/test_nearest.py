"""Misspelled commands, choices and paths get the nearest right one."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tools.cli import COMMANDS, nnlab
from tools.common.nearest import did_you_mean, nearest_path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_letter_missing_finds_every_command(name: str) -> None:
    result = CliRunner().invoke(nnlab, [name[:2] + name[3:]] if len(name) > 2 else [name + "x"])
    assert result.exit_code == 2
    assert f"Did you mean '{name}'?" in result.output


def test_what_is_like_nothing_gets_no_guess() -> None:
    assert did_you_mean("zzz", COMMANDS) == ""
    assert "Did you mean" not in CliRunner().invoke(nnlab, ["zzz"]).output


def test_case_does_not_matter() -> None:
    assert did_you_mean("Grade", COMMANDS) == " Did you mean 'grade'?"


def test_subcommands_and_choices_have_guesses_too() -> None:
    runner = CliRunner()
    assert "Did you mean 'check'?" in runner.invoke(nnlab, ["notebook", "chek"]).output
    assert "Did you mean 'verify'?" in runner.invoke(nnlab, ["data", "verfy"]).output
    assert "'--jobs'" in runner.invoke(nnlab, ["grade", "--job", "2"]).output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "worksheet.csv").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("clas", "class"), ("clas/ada", "class/ada"), ("class/adda", "class/ada"), ("qqq", None)],
)
def test_first_wrong_part_of_a_path_is_mended(folder, wrong, right) -> None:
    assert nearest_path(Path(wrong)) == (right and Path(right))
    absolute = nearest_path(folder / wrong)
    assert absolute == (right and folder / right)


def test_a_path_that_is_there_needs_no_other(folder) -> None:
    assert nearest_path(Path("class")) is None


@pytest.mark.parametrize(
    ("arguments", "guess"),
    [
        (["grade", "clas/", "-o", "out"], "'class/'"),
        (["judge", "clas"], "'class/'"),
        (["export", "class", "--to", "moodle", "workshet.csv"], "'worksheet.csv'"),
    ],
)
def test_commands_guess_paths(folder, arguments, guess) -> None:
    result = CliRunner().invoke(nnlab, arguments)
    assert result.exit_code == 2
    assert f"does not exist. Did you mean {guess}?" in result.output
    assert not (folder / "out").exists()


def test_a_choice_that_is_right_is_taken() -> None:
    from tools.common.nearest import NearChoice

    command = click.Command("c", params=[click.Argument(["a"], type=NearChoice(["x", "y"]))])
    assert CliRunner().invoke(command, ["y"]).exit_code == 0
