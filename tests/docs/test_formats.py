"""docs/formats.md says what the files hold: compared with a graded class, key by key."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.engine.observation import Ended
from grader.engine.verdict import Judged
from tests.docs.pages import PROJECT
from tools.course.late import Punctuality

PAGE = (PROJECT / "docs" / "formats.md").read_text(encoding="utf-8")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "list": (list,),
    "null": (type(None),),
    "any": (str, int, float, bool, dict, list),
}


def chapter(title: str) -> str:
    """One chapter of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[type, ...]]:
    """Key of report.json -> types that it may have."""
    rows = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \|", chapter("report.json"), re.MULTILINE)
    return {
        key: tuple(t for name in types.split(" or ") for t in TYPES[name]) for key, types in rows
    }


@pytest.fixture(scope="module")
def reports(graded: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in graded.glob("students/*/report.json")]
    assert len(found) == 7
    return found


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a report with its value, as the page writes keys."""
    if key:
        yield key, value
    if key.endswith((".got", ".expected")):
        return  # any JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, f"{key}[]")


def test_every_key_of_a_report_is_told_with_its_type(told, reports) -> None:
    for report in reports:
        for key, value in flat(report):
            if key == "tasks[]" or key == "tasks[].checks[]":
                continue  # objects, whose keys follow
            assert key in told, key
            assert isinstance(value, told[key]), (key, value)
            assert not (isinstance(value, bool) and bool not in told[key]), key


def test_every_key_that_is_told_is_there(told, reports) -> None:
    seen = {key for report in reports for key, _ in flat(report)}
    assert set(told) <= seen


def test_keys_are_always_there(reports) -> None:
    assert len({frozenset(report) for report in reports}) == 1
    assert len({frozenset(task) for report in reports for task in report["tasks"]}) == 1


def test_words_for_states_are_those_of_the_code() -> None:
    text = chapter("report.json")
    for words in (Judged, Ended, Punctuality):
        for word in words:
            assert f"`{word}`" in text, word


def test_tables_have_the_columns_that_are_told(graded_copy: Path) -> None:
    for name in ("scores.csv", "attention.csv", "moved.csv"):
        columns = re.search(r"`([a-z_]+,[^`]+)`", chapter(name))
        assert columns is not None
        names = columns[1].replace("T#5,...,T#12", ",".join(f"T#{n}" for n in range(5, 13)))
        if name == "moved.csv":
            run("judge", graded_copy)
        with (graded_copy / name).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == names.split(",")


def test_files_of_out_are_those_that_are_told(graded_copy: Path) -> None:
    run("judge", graded_copy)
    run("export", graded_copy, "--to", "csv")
    first_cells = re.findall(r"^\| (`.+?) \|", chapter("OUT"), re.MULTILINE)
    names = {name for cell in first_cells for name in re.findall("`([^`]+)`", cell)}
    told = {name.partition("/")[0] for name in names} - {"feedback.md"}
    there = {path.name for path in graded_copy.iterdir() if not path.name.startswith(".")}
    assert {name for name in there if not name.startswith("gradebook.sqlite-")} == told
    ada = {path.name for path in (graded_copy / "students" / "ada").iterdir()}
    assert ada == {"report.json", "feedback.html", "feedback.md"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("judge", "OUT", "--dry-run"),
        ("report", "OUT"),
        ("export", "OUT", "--to", "csv"),
        ("data", "status"),
    ],
)
def test_json_on_standard_output_has_the_keys_that_are_told(arguments, graded_copy: Path) -> None:
    said = json.loads(
        run(*(graded_copy if word == "OUT" else word for word in arguments), "--json")
    )
    row = re.search(rf"^\| `nnlab {arguments[0]}` \| (.+) \|$", PAGE, re.MULTILINE)
    assert row is not None
    assert set(said) <= set(re.findall(r"`(\w+)`", row[1]))


def run(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tools.cli", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
