"""Every command of the pages is run: as it stands there, in a folder prepared for it.

`command_tables.py` says where each is run and what has to come of it, what is appended, and what
cannot be run at all. A command that is in none of its tables fails here, and so does an entry
that no page has any more.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.docs.command_tables import APPENDED, CLUSTER, NOT_RUN, NOTEBOOK, RUN, plain
from tests.docs.pages import PROJECT, blocks, commands, pages, shown
from tests.docs.places import Place
from tools.cli import COMMANDS

WAIT_S = 120  # a busy machine takes some seconds to start a Python
IN_TABLES = {**RUN, **CLUSTER, **NOTEBOOK, **NOT_RUN}


def told() -> set[str]:
    return {plain(command) for page in pages() for command in commands(page)}


# the tables


def test_every_command_is_run_or_stands_among_those_that_cannot_be() -> None:
    assert told() - set(IN_TABLES) == set()


def test_tables_have_nothing_that_no_page_has() -> None:
    assert set(IN_TABLES) - told() == set()
    assert len(IN_TABLES) == sum(map(len, (RUN, CLUSTER, NOTEBOOK, NOT_RUN)))
    used = {run.more for run in RUN.values()} | {*CLUSTER.values(), *NOTEBOOK.values(), "dry"}
    assert used - {""} == set(APPENDED)


def test_pages_tell_every_command() -> None:
    """In the README or a guide; and enough of them that the patterns cannot have failed."""
    assert set(COMMANDS) <= {words[1] for line in told() if len(words := line.split()) > 1}
    assert len(told()) > 80


def test_commands_are_found_wherever_they_stand(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Type `nnlab one` or `A=1 python\n-m two`, not `pytest` or `train`.\n\n"
        "```console\n$ three\nnnlab output\n$ four  # why\n```\n"
        "```\nnnlab five    # why\nother\n```\n\n    make six\n    text\n\n"
        "```python\nnnlab = 1\n```\n"
    )
    found = ["three", "four", "nnlab five", "make six", "nnlab one", "A=1 python -m two"]
    assert list(commands(page)) == found
    assert list(shown(page)) == [("three", "nnlab output")]


# what ends by itself


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=pytest.mark.mnist if "who_fetches" in run.at else ())
        for command, run in RUN.items()
    ],
)
def test_command_runs(
    command: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RUN[command]
    place: Place = request.getfixturevalue(run.at)
    monkeypatch.chdir(place.folder)
    code, said = place.run(command, *appended(run.more))
    assert code == run.code, said
    assert re.search(run.says, said), said
    if run.leaves:
        assert re.search(run.holds, content(Path(run.leaves).expanduser()))


def appended(key: str) -> list[str]:
    return shlex.split(APPENDED[key][0]) if key else []


def content(path: Path) -> str:
    """The text of a file, or the names in an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.namelist())
    return path.read_text(encoding="utf-8", errors="replace")


# what pages show of it

# The others show another class than that of these tests.
COMPARED = ("nnlab release", "nnlab data")
SHOWN = [each for page in pages() for each in shown(page) if each[0].startswith(COMPARED)]


@pytest.mark.parametrize(("command", "expected"), SHOWN, ids=[command for command, _ in SHOWN])
def test_what_a_page_shows_is_what_is_printed(
    command: str,
    expected: str,
    home: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place: Place = request.getfixturevalue(RUN[command].at)
    monkeypatch.chdir(place.folder)
    _, said = place.run(command)
    for word, stand_in in {**place.stand_ins, "/home/ana": str(home)}.items():
        said = said.replace(stand_in, word)
    assert without_digests(said) == without_digests(expected + "\n")


def without_digests(text: str) -> str:
    """They change with every word of the release."""
    return re.sub(r"SHA-256 \w{16}", "SHA-256 ...", text)


# what goes on until it is stopped

Until = Callable[[str], str]


@pytest.fixture
def start() -> Iterator[Callable[[Place, str, str], Until]]:
    """Starts a command, and gives what waits for a pattern in all that was printed there."""
    running: list[subprocess.Popen[bytes]] = []

    def start(place: Place, command: str, more: str) -> Until:
        process = place.start(command, *appended(more))
        running.append(process)
        return lambda pattern: printed(pattern, place.log, process)

    yield start
    for process in reversed(running):
        process.terminate()
        process.wait(WAIT_S)


def printed(pattern: str, log: Path, process: subprocess.Popen[bytes]) -> str:
    """What fits the pattern, once it is printed."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(pattern, log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_notebook_opens(student: Place, start) -> None:
    ((command, more),) = NOTEBOOK.items()
    address = start(student, command, more)(r"http://127\.0\.0\.1:\d+/\S+(?=\s)")
    assert status_of(address) == 200


def status_of(address: str) -> int:
    """What a server answers; Jupyter says where it is before it listens there."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=WAIT_S) as answer:
                return answer.status
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_class_is_graded_on_a_cluster(new_class: Place, start) -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    scheduler, worker, grade = CLUSTER
    address = start(new_class, scheduler, CLUSTER[scheduler])(r"tcp://127\.0\.0\.1:\d+(?=\s)")
    place = replace(new_class, stand_ins={"ADDRESS": address})
    start(place, worker, CLUSTER[worker])(r"Registered to: +tcp")
    code, said = place.run(grade, *appended(CLUSTER[grade]))
    assert code == 1, said  # an archive of the class is broken
    assert "Graded: 2, median" in said


# what cannot be run


@pytest.mark.parametrize("command", [each for each in NOT_RUN if each.startswith("make ")])
def test_target_is_there_and_so_is_what_it_runs(command: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes((PROJECT / "Makefile").read_bytes())
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".ready").touch()
    code, recipe = Place(tmp_path).run(command, *appended("dry"))
    assert code == 0, recipe
    modules = re.findall(r"^\.venv/bin/(?:python -m )?(\S+)", recipe, re.MULTILINE)
    assert modules, recipe
    for name in modules:
        assert importlib.util.find_spec(name) is not None, name
        if name.startswith(("tools.", "tests.")):
            is_package = (PROJECT / name.replace(".", "/")).is_dir()
            module = importlib.import_module(f"{name}.__main__" if is_package else name)
            assert callable(module.main)


def test_extra_that_is_installed_is_one() -> None:
    (command,) = (each for each in NOT_RUN if each.startswith("pip "))
    (extra,) = re.findall(r"\[(\w+)\]", command)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert extra in project["project"]["optional-dependencies"]


def test_service_that_is_forwarded_is_that_of_the_page() -> None:
    (command,) = (each for each in NOT_RUN if each.startswith("kubectl "))
    (block,) = blocks(PROJECT / "docs" / "grading.md", "yaml")
    cluster = yaml.safe_load(block.text)
    name, service = cluster["metadata"]["name"], cluster["spec"]["scheduler"]["service"]
    (port,) = service["ports"]
    assert command.split()[-2:] == [f"svc/{name}-scheduler", str(port["port"])]
