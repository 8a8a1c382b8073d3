"""`nnlab similar` from the command line."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.tools.course.gradebook.samples import RUN, graded
from tests.tools.course.similar.solutions import solution
from tools.commands.similar import command
from tools.course.batch.observing import notebook_text
from tools.course.gradebook.book import Gradebook
from tools.course.similar import given_sources

OWN_CELL = """# %%
board = {}
for width, rate in itertools.product((96, 144), np.logspace(-3, -1, 7)):
    trial = TwoLayerNet(784, width, 10)
    board[rate, width] = trial.train(*train, *val, rate, 0.83)["val_acc_history"][-1]
"""


def write_out(folder: Path, sources: dict[str, str], notebooks: dict[str, str]) -> Path:
    """A gradebook with these sources and notebooks."""
    with Gradebook(folder, write=True, create=True) as book:
        run = book.begin_run(RUN)
        for at, (name, source) in enumerate(sources.items()):
            one = graded(name)
            owner = replace(one.submission.owner, ids={"user_id": str(at)})
            stored = replace(
                one.submission, owner=owner, source=source, notebook=notebooks.get(name, "")
            )
            book.save(run, replace(one, submission=stored))
    return folder


def independent(first: int, count: int) -> dict[str, str]:
    return {f"s{i:03}": solution(i) for i in range(first, first + count)}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    sources = independent(0, 24) | {"ann": solution(98), "ben": solution(98)}
    return write_out(tmp_path / "grades", sources, {})


def run(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_copy_is_listed_with_its_lines(out: Path) -> None:
    text = run(out)
    assert "ann and ben share" in text.split("\n\n")[1]
    assert "cattern/neural_net.py line" in text
    assert "Read both submissions before you draw a conclusion." in text


def test_json_has_scores_and_regions(out: Path) -> None:
    report = json.loads(run(out, "--json"))
    first = report["pairs"][0]
    assert (first["first"], first["second"]) == ("ann", "ben")
    assert first["score"] >= report["threshold"]
    assert first["matches"][0]["first"]["file"] == "cattern/neural_net.py"


def test_notebook_cells_alone_betray_a_pair(tmp_path: Path) -> None:
    given = given_sources()["Simple_Neural_Network_Lab.ipynb"]
    sources = independent(0, 24)
    shared = {"s003": given + OWN_CELL, "s007": given + OWN_CELL}
    notebooks = dict.fromkeys(sources, given) | shared
    report = json.loads(run(write_out(tmp_path, sources, notebooks), "--json"))
    assert ("s003", "s007") in {(p["first"], p["second"]) for p in report["pairs"]}
    matches = [m for p in report["pairs"] if p["first"] == "s003" for m in p["matches"]]
    assert {m["first"]["file"] for m in matches} >= {"Simple_Neural_Network_Lab.ipynb"}


def test_earlier_year_is_compared_except_the_same_person(out: Path, tmp_path: Path) -> None:
    """The repeater has the same id in the same system; the other one has not."""
    repeater = {f"old{i}": f"# {i}\n" for i in range(24)} | {"annagain": solution(98)}
    earlier = write_out(tmp_path / "y1", repeater, {})
    assert "annagain" not in run(out, "--archive", earlier)
    other = write_out(tmp_path / "y2", {f"old{i}": "" for i in range(40)} | repeater, {})
    assert "annagain (y2)" in run(out, "--archive", other)


def test_archive_may_be_a_folder_of_submissions(out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "last-year"
    folder.mkdir()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("cattern/neural_net.py", solution(98))
    (folder / "cleo.zip").write_bytes(content.getvalue())
    (folder / "dan.zip").write_bytes(b"no zip")
    assert "and cleo (last-year) share" in run(out, "--archive", folder)


def test_small_class_is_not_judged(tmp_path: Path) -> None:
    assert "too few" in run(write_out(tmp_path, independent(0, 3), {}))


def test_notebook_is_stored_as_code_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"]},
    ]
    data = json.dumps({"cells": cells}).encode()
    assert notebook_text(data) == "# %%\nx = 1\ny = 2\n"
    assert notebook_text(b"no notebook") == notebook_text(None) == ""
