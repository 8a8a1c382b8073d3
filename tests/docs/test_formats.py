"""docs/formats.md against a graded class, and quoted messages against the source."""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.engine.observation import Ended
from grader.engine.verdict import Judged
from tests.docs.examples import course, printed
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
LATE = "\n[late]\ndeadline = 2026-03-03T23:59:00+07:00\n"
OVERRIDES = "student,task,points,comment\ndoeana,T#6,9,\nokaforchidi,all,55,was ill\n"


def section(title: str) -> str:
    """Return one section of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def documented() -> dict[str, tuple[type, ...]]:
    """Return the keys of report.json with the types that the page gives them."""
    rows = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \|", section("report.json"), re.MULTILINE)
    return {key: tuple(t for name in types.split(" or ") for t in TYPES[name])
            for key, types in rows}  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A class with manual scores and lateness, and the output of `nnlab judge --json`."""
    printed("nnlab grade submissions.zip -o grades")
    folder = tmp_path_factory.mktemp("formats")
    shutil.copytree(course() / "grades", folder / "out")
    (folder / "out" / "overrides.csv").write_text(OVERRIDES)
    (folder / "rubric.toml").write_text((course() / "my-rubric.toml").read_text() + LATE)
    said = nnlab("judge", folder / "out", "--rubric", folder / "rubric.toml", "--json")
    return folder / "out", said


@pytest.fixture(scope="module")
def out(graded: tuple[Path, str]) -> Path:
    """The folder of the class."""
    return graded[0]


def nnlab(*arguments: object) -> str:
    """Run a command and return its output."""
    command = [sys.executable, "-m", "tools.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key below a value as the page writes it, with its value."""
    if isinstance(value, list):
        children = [(f"{key}[]", inner) for inner in value]
    elif isinstance(value, dict) and not key.endswith((".got", ".expected")):
        children = [(f"{key}.{name}".lstrip("."), inner) for name, inner in value.items()]
    else:
        children = []
    for name, inner in children:
        if name not in ("tasks[]", "tasks[].checks[]"):
            yield name, inner
        yield from flat(inner, name)


def test_report_has_the_documented_keys(out: Path) -> None:
    reports = [json.loads(path.read_text()) for path in out.glob("students/*/report.json")]
    assert len(reports) == 4
    seen = [pair for report in reports for pair in flat(report) if ".got" not in pair[0]]
    keys = documented()
    wrong = {key for key, value in seen if not isinstance(value, keys.get(key, ()))}
    assert wrong == set(), "missing on the page, or of another type"
    assert set(keys) - {key for key, _ in seen} == {"tasks[].checks[].got"}


def test_states_are_those_of_the_code() -> None:
    text = section("report.json")
    words = [str(word) for kind in (Judged, Ended, Punctuality) for word in kind]
    assert [word for word in words if f"`{word}`" not in text] == []


@pytest.mark.parametrize("name", ["scores.csv", "attention.csv", "moved.csv"])
def test_tables_have_the_documented_columns(name: str, out: Path) -> None:
    (columns,) = re.findall(rf"^\| `{name}` \| `([^`]+)`", section("Tables"), re.MULTILINE)
    tasks = ",".join(f"T#{number}" for number in range(5, 13))
    with (out / name).open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == columns.replace("T#5,...,T#12", tasks).split(",")


def test_json_output_has_the_documented_keys(graded: tuple[Path, str]) -> None:
    out, judged = graded
    said = {"judge": judged, "export": nnlab("export", out, "--to", "csv", "--json")}
    for name, text in said.items():
        (row,) = re.findall(rf"^\| `nnlab {name}` \| (.+) \|$", PAGE, re.MULTILINE)
        assert set(json.loads(text)) <= set(re.findall(r"`(\w+)`", row)), name


# messages that docs/troubleshooting.md quotes


@cache
def texts() -> str:
    """Return all string constants of the product."""
    found = []
    for path in (
        path
        for name in ("grader", "tools", "mnist_data")
        for path in (PROJECT / name).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return " ".join(" ".join(found).split())


def test_quoted_messages_exist() -> None:
    page = (PROJECT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    tables = [part.split("\n\n")[0] for part in page.split("| Message |")[1:]]
    quoted = re.findall(r"^\| (?!---)([^|]+) \| ", "\n".join(tables), re.MULTILINE)
    parts = [part.strip() for message in quoted[1:] for part in message.split("…")]
    assert len(parts) > 15
    assert [part for part in parts if part.strip("?") not in texts()] == []


def test_reasons_for_decisions_are_those_of_the_code() -> None:
    from tools.course.doubts import DOUBTS

    page = (PROJECT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    table = page.split("| Reason | What happened |")[1].split("\n\n")[0]
    listed = re.findall(r"[a-z]+(?:-[a-z]+)*", " ".join(re.findall(r"^\| ([^|]+)", table, re.M)))
    assert set(listed) == set(DOUBTS)
