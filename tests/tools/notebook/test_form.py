"""The stored form of a notebook: what a session leaves behind is found, and can be taken out."""

from __future__ import annotations

import json
from functools import partial

import nbformat
import pytest

from grader.errors import MaterialError
from tools.notebook.form import METADATA, check_form, dump, fix_form
from tools.notebook.run import NOTEBOOK
from tools.release.text import Spot

PLACE = Spot("lab.ipynb")


@pytest.fixture
def clean():
    """A notebook of two cells in its stored form."""
    cells = [
        {
            "cell_type": "markdown",
            "id": "scores-text",
            "metadata": {},
            "source": ["# Scores\n", "1."],
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "scores",
            "metadata": {},
            "outputs": [],
            "source": ["x = 'é'\n", "x"],
        },
    ]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def run_session(notebook):
    """What Jupyter writes into a notebook that was run."""
    notebook["metadata"] = {**METADATA, "language_info": {"name": "python", "version": "3.12.1"}}
    notebook["cells"][1] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é"]}],
        "metadata": {"collapsed": False},
    }
    return notebook


def test_stored_form_passes(clean):
    assert check_form(PLACE, dump(clean)) == []


def test_stored_form_is_what_the_release_tool_writes():
    """Two tools write notebooks; students' and instructors' differ in nothing but the blocks."""
    from tools.release.notebook import parse_notebook

    text = NOTEBOOK.read_text("utf-8")
    notebook, problems = parse_notebook(PLACE, text)
    assert problems == []
    assert notebook.write(lambda source: source.text) == text


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("execution_count", 3, "found execution_count 3, expected None"),
        ("outputs", [{"output_type": "stream", "name": "stdout", "text": "1"}], "found outputs [{"),
        ("metadata", {"tags": ["x"]}, "found metadata {'tags': ['x']}, expected {}"),
        ("id", "0ab3f2c1", "found id '0ab3f2c1', expected words such as 'scores-check'"),
        ("id", "deadbee5", "found id 'deadbee5', expected words"),
        ("id", "3f0e-11ab", "found id '3f0e-11ab', expected words"),
        ("id", "Scores_Check", "found id 'Scores_Check', expected words"),
    ],
)
def test_session_leftovers_are_named_with_their_cell(clean, key, value, message):
    clean["cells"][1][key] = value
    (found,) = check_form(PLACE, dump(clean))
    assert found.startswith(f"lab.ipynb: cell 2 ({clean['cells'][1]['id']}): {message}")


def test_all_problems_are_found_at_once(clean):
    found = check_form(PLACE, dump(run_session(clean)))
    assert len(found) == 4
    assert found[0].startswith("lab.ipynb: found metadata {'kernelspec'")


def test_notebook_metadata_of_a_session_is_found(clean):
    clean["metadata"] = {"kernelspec": METADATA["kernelspec"]}
    (found,) = check_form(PLACE, dump(clean))
    assert found.startswith("lab.ipynb: found metadata {'kernelspec'")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("é", "\\u00e9"),
        lambda text: json.dumps(json.loads(text), indent=2) + "\n",
    ],
)
def test_other_spacing_than_jupyters_is_found(clean, change):
    (found,) = check_form(PLACE, change(dump(clean)))
    assert found == "lab.ipynb: found spacing or key order that differs from Jupyter's"


def test_invalid_notebook_is_found(clean):
    clean["metadata"] = METADATA
    clean["other"] = 1
    (found,) = check_form(PLACE, dump(clean))
    assert "found no valid nbformat 4.5" in found


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nbformat": 4}', "no json"])
def test_other_file_is_an_error_without_traceback(text):
    (found,) = check_form(PLACE, text)
    assert found.startswith("lab.ipynb")
    with pytest.raises(MaterialError, match=r"^lab\.ipynb: found no notebook \("):
        fix_form(PLACE, text)


def test_fixing_a_session_gives_back_the_stored_form(clean):
    stored = dump(clean)
    assert fix_form(PLACE, dump(run_session(clean))) == stored
    assert fix_form(PLACE, stored) == stored


def test_cells_are_named_after_their_section(clean):
    clean["cells"][0]["id"] = "0ab3f2c1"
    clean["cells"] += [
        {**clean["cells"][1], "id": "7c1f00aa"},
        {**clean["cells"][1], "id": "f3"},
        {**clean["cells"][0], "id": "e5", "source": ["## The loss (T#6)"]},
        {**clean["cells"][1], "id": "e6"},
    ]
    fixed = fix_form(PLACE, dump(clean))
    ids = [cell["id"] for cell in json.loads(fixed)["cells"]]
    assert ids == ["scores-text", "scores", "scores-2", "scores-3", "the-loss-t-text", "the-loss-t"]
    assert check_form(PLACE, fixed) == []


def test_older_notebook_gets_ids(clean):
    for cell in clean["cells"]:
        del cell["id"]
    clean["nbformat_minor"] = 2
    fixed = fix_form(PLACE, dump(clean))
    assert [cell["id"] for cell in json.loads(fixed)["cells"]] == ["scores-text", "scores"]
    nbformat.validate(nbformat.reads(fixed, as_version=4))


@pytest.fixture
def run(nnlab):
    return partial(nnlab, "notebook")


def test_command_checks_the_reference_notebook(run):
    assert run("check") == (0, f"{NOTEBOOK.name}: clean and valid.\n", "")


def test_command_repairs_a_session_on_request(run, clean, tmp_path):
    path = tmp_path / "lab.ipynb"
    stored = dump(clean)
    path.write_text(dump(run_session(clean)), encoding="utf-8")
    code, _, err = run("check", path)
    assert code == 3
    assert "found execution_count 7" in err
    assert f"nnlab notebook check --fix {path}" in err
    assert run("check", "--fix", path) == (
        0,
        "lab.ipynb: rewritten.\nlab.ipynb: clean and valid.\n",
        "",
    )
    assert path.read_text("utf-8") == stored


def test_command_does_not_call_a_wrong_marker_fixed(run, clean, tmp_path):
    path = tmp_path / "lab.ipynb"
    clean["cells"][1]["source"] = ["# BEGIN SOLUTON T#12\n", "x"]
    path.write_text(dump(clean), encoding="utf-8")
    code, _, err = run("check", "--fix", path)
    assert code == 3
    assert "BEGIN SOLUTION T#12" in err


def test_binary_file_is_the_authors_error(run, tmp_path):
    path = tmp_path / "lab.ipynb"
    path.write_bytes(b"\xff\xfe{}")
    code, _, err = run("check", path)
    assert code == 3
    assert err == "nnlab: lab.ipynb:1: found byte 0xff, expected UTF-8\n"
