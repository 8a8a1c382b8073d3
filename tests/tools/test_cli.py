"""The command line as a whole: help, exit codes, completion, what `nnlab` alone says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import tools.cli
from grader.errors import KitError, MaterialError, NnlabError, SandboxError, SubmissionError
from tools.cli import COMMANDS, GROUPS, exit_code, nnlab
from tools.commands import next_steps
from tools.commands.completion import SHELLS

NNLAB = (sys.executable, "-m", "tools.cli")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, those of groups as well."""
    for name in COMMANDS:
        command = nnlab.get_command(click.Context(nnlab), name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(click.Context(command)):
                yield f"{name} {inner}", command.commands[inner]


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*NNLAB, *arguments], capture_output=True, text=True, check=False, **options
    )


# help


def test_help_lists_every_command_in_a_group() -> None:
    text = CliRunner().invoke(nnlab, ["--help"]).output
    places = [text.index(f"{title}:\n") for title in GROUPS]
    assert places == sorted(places)
    for name, sentence in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(sentence)}$", text, re.MULTILINE), name
    assert max(map(len, text.splitlines())) <= 80


def test_every_command_module_is_listed(project: Path) -> None:
    texts = {path.stem: path.read_text() for path in (project / "tools/commands").glob("*.py")}
    assert {name for name, text in texts.items() if "\ndef command(" in text} == set(COMMANDS)


@pytest.mark.parametrize(
    ("name", "command"), [pytest.param(*each, id=each[0]) for each in commands()]
)
def test_every_command_has_an_example_that_parses(name, command, tmp_path, monkeypatch) -> None:
    text = " ".join(filter(None, [command.epilog]))
    examples = re.findall(r"^  (nnlab .+?)(?:  .*| >.*)?$", text, re.MULTILINE)
    assert examples, name
    monkeypatch.chdir(tmp_path)
    for example in examples:
        assert example.startswith(f"nnlab {name}")
        words = shlex.split(example)[1:]
        for word in words:
            if not word.startswith("-") and not (tmp_path / word).exists() and "/" not in word:
                _stand_in(tmp_path / word)
        _stand_in_for_paths(words, tmp_path)
        parse(nnlab, [word.replace("~", str(tmp_path)) for word in words])


def _stand_in(path: Path) -> None:
    """Something of that name: a file if it looks like one, else a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        path.touch()
    elif not path.exists():
        path.mkdir()
        (path / "gradebook.sqlite").touch()


def _stand_in_for_paths(words: list[str], folder: Path) -> None:
    for word in words:
        if "/" in word and not word.startswith("-"):
            _stand_in(folder / word.removeprefix("~/"))


def parse(group: click.Group, words: list[str]) -> None:
    """Parse a command line as the command would; raises click's errors."""
    context: click.Context = click.Context(group)
    command: click.Command = group
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, name
        command = found
    command.make_context(command.name, words)


def test_help_loads_no_numpy(project: Path) -> None:
    code = "import sys, tools.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=project, check=False).returncode == 0


def test_version_is_that_of_the_changelog(project: Path) -> None:
    said = CliRunner().invoke(nnlab, ["--version"]).output.strip()
    newest = re.search(r"^## (\d\S+)", (project / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert said == f"nnlab, version {newest[1]}"


# exit codes


def test_exit_code_0_is_done(project: Path) -> None:
    assert run("completion", "bash", cwd=project).returncode == 0


def test_exit_code_1_is_done_with_attention(project: Path, tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(b"PK\x03\x04 cut short")
    done = run("grade", str(tmp_path / "ada.zip"), "-o", str(tmp_path / "out"), "--data", "none",
               cwd=project)  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Need attention: 1" in done.stdout


def test_exit_code_2_is_wrong_usage(project: Path) -> None:
    assert run("grade", cwd=project).returncode == 2


def test_exit_code_3_is_wrong_material(project: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.toml"
    rubric.write_text("points = 3\n")
    done = run("grade", str(rubric), "-o", str(tmp_path / "out"), "--rubric", str(rubric),
               cwd=project)  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("nnlab: rubric.toml")


def test_exit_code_4_is_kit_or_machine(project: Path, tmp_path: Path) -> None:
    done = run("data", "verify", "--folder", str(tmp_path), cwd=project)
    assert done.returncode == 4
    assert done.stderr.startswith("nnlab: ")


def test_what_nobody_foresaw_is_exit_code_4(monkeypatch, capsys) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(tools.cli, "nnlab", broken)
    with pytest.raises(SystemExit) as ended:
        tools.cli.main()
    assert ended.value.code == 4
    assert "this is a bug in the kit" in capsys.readouterr().err


def test_families_of_errors_have_their_exit_codes() -> None:
    families = {
        KitError("x"): 4,
        SandboxError("x"): 4,
        MaterialError(["x"]): 3,
        SubmissionError("x"): 1,
        NnlabError("x"): 1,
    }
    assert {error: exit_code(error) for error in families} == families


# completion


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(nnlab, ["completion", shell], prog_name="nnlab")
    assert result.exit_code == 0
    assert "_NNLAB_COMPLETE" in result.output


def complete(project: Path, words: str) -> list[str]:
    """What bash would be offered for the last word."""
    count = len(words.split(" ")) - 1
    env = os.environ | {
        "_NNLAB_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(count),
    }
    done = run(env=env, cwd=project)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_offers_commands_options_and_values(project: Path) -> None:
    assert complete(project, "nnlab gra") == ["grade", "gradescope"]
    assert "--roster" in complete(project, "nnlab grade --ro")
    assert complete(project, "nnlab export grades --to moo") == ["moodle"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is needed here")
def test_what_is_printed_for_bash_is_bash(project: Path) -> None:
    script = run("completion", "bash", cwd=project).stdout
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


# nnlab alone


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of a user who has no data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MNIST_DIR", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def told(folder: Path) -> str:
    result = CliRunner().invoke(nnlab, [])
    assert result.exit_code == 0
    assert str(folder) in result.output
    return result.output


def test_empty_folder_begins_with_data_and_release(folder: Path) -> None:
    text = told(folder)
    assert "release  none here yet" in text
    steps = text.partition("What comes next:")[2]
    assert steps.index("nnlab data fetch") < steps.index("nnlab release --out lab")
    assert "nnlab grade submissions.zip -o grades" in steps


def test_with_release_and_download_grading_comes_next(folder: Path) -> None:
    (folder / "lab" / "dist").mkdir(parents=True)
    (folder / "lab" / "dist" / next_steps._ZIP).touch()
    (folder / "lab 1 submissions.zip").touch()
    text = told(folder)
    assert f"release  lab/dist/{next_steps._ZIP}" in text
    assert "nnlab release" not in text
    assert "nnlab grade 'lab 1 submissions.zip' -o grades" in text


def test_with_grades_looking_and_exporting_come_next(folder: Path) -> None:
    out = folder / "grades"
    out.mkdir()
    (out / "gradebook.sqlite").touch()
    (out / "scores.csv").write_text('student,flags\nada,\nben,"two\nlines"\n')
    (out / "attention.csv").write_text("student\nben\n")
    text = told(folder)
    assert "grades   grades: 2 students, 1 to look at" in text
    assert "grades/index.html" in text
    assert "nnlab serve grades" in text
    assert "nnlab export grades --to csv" in text


def test_named_but_missing_data_is_reported(folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("MNIST_DIR", str(folder / "nowhere"))
    text = told(folder)
    assert "MNIST_DIR does not name usable data" in text
    assert "nnlab data " in text


def test_working_folder_that_is_gone_is_one_sentence(tmp_path):
    line = "import os, sys, tools.cli; os.rmdir(os.getcwd()); tools.cli.main()"
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", line],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "nnlab: the working folder is gone; change to another folder first\n"
