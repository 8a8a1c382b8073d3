"""The notebook: only kinds, ids and sources get through, and blocks only in code cells."""

from __future__ import annotations

import json

import nbformat
import pytest

from tests.tools.release.conftest import TUNING, cell, lab_notebook, notebook
from tools.release.notebook import (
    change_cells,
    check_clean,
    mask_magics,
    parse_notebook,
    read_cells,
)
from tools.release.strip import put_back, strip
from tools.release.text import Spot

PLACE = Spot("lab.ipynb")


def problems_of(text: str) -> list[str]:
    """What is said about a notebook's file."""
    return [str(problem) for problem in parse_notebook(PLACE, text)[1]]


def test_solution_becomes_a_stub_and_instructions_stay() -> None:
    parsed, problems = parse_notebook(PLACE, lab_notebook())
    assert problems == []
    assert read_cells(parsed.write(strip))[1] == (
        "best_net = None\n# T#12: tune.\n"
        'raise NotImplementedError("T#12 is not done yet")\nbest_net.params\n'
    )


def test_solution_can_be_put_back_to_the_byte() -> None:
    parsed, _ = parse_notebook(PLACE, lab_notebook())
    stripped = parsed.write(strip)
    solved = change_cells(stripped, lambda text: put_back(text, parsed.solutions))
    assert read_cells(solved) == ["Tune it.", TUNING]


def test_released_notebook_is_valid_and_holds_nothing_else() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["0.9828\n"]}
    dirty = cell("code", "run", "1 + 1", outputs=[output], execution_count=7)
    dirty["metadata"] = {"tags": ["solution"], "collapsed": True}
    text = notebook(dirty, cell("raw", "raw", "x"), metadata={"author": "lovelace", "widgets": {}})
    parsed, problems = parse_notebook(PLACE, text)
    released = parsed.write(strip)
    assert problems == []
    assert check_clean(PLACE, released) == []
    nbformat.validate(json.loads(released))
    for trace in ("0.9828", "tags", "lovelace", "widgets", "collapsed", "7"):
        assert trace not in released


def test_everything_that_is_not_clean_is_reported() -> None:
    released = json.loads(parse_notebook(PLACE, lab_notebook())[0].write(strip))
    released["metadata"]["author"] = "ada"
    released["cells"][0]["attachments"] = {"a.png": {}}
    released["cells"][1] |= {"execution_count": 3, "metadata": {"tags": []}}
    assert [str(problem) for problem in check_clean(PLACE, json.dumps(released))] == [
        "lab.ipynb: found metadata of the reference, expected none",
        "lab.ipynb: cell 1 (id text): found 'attachments', expected nothing of that kind",
        "lab.ipynb: cell 2 (id tuning): found 'execution_count', expected nothing of that kind",
        "lab.ipynb: cell 2 (id tuning): found 'metadata', expected nothing of that kind",
    ]


NO_MARKER = "found '# BEGIN SOLUTION T#12', expected no marker here"
MISTAKES = {
    "marker in text": (
        [cell("markdown", "a", "Hello.\n# BEGIN SOLUTION T#12")],
        [f"1 (id a), line 2: {NO_MARKER}"],
    ),
    "marker in a raw cell": (
        [cell("raw", "a", "Hello.\n# BEGIN SOLUTION T#12")],
        [f"1 (id a), line 2: {NO_MARKER}"],
    ),
    "marker in a cell for another program": (
        [cell("code", "a", "%%bash\n# BEGIN SOLUTION T#12\nls | wc")],
        [f"1 (id a), line 2: {NO_MARKER}"],
    ),
    "block over two cells": (
        [
            cell("code", "a", "# BEGIN SOLUTION T#12\nx = 1"),
            cell("code", "b", "y = 2\n# END SOLUTION T#12"),
        ],
        [
            "1 (id a), line 1: found '# BEGIN SOLUTION T#12' without its end, "
            "expected '# END SOLUTION T#12' below it",
            "2 (id b), line 2: found '# END SOLUTION T#12' without its beginning, "
            "expected '# BEGIN SOLUTION T#12' above it",
        ],
    ),
    "attachments": (
        [cell("markdown", "a", "![](x.png)", attachments={"x.png": {"image/png": "AAAA"}})],
        [
            "1 (id a): found attachments (x.png), expected none: they would be handed out unread",
        ],
    ),
    "tab and carriage return": (
        [cell("code", "a", "if x:\n\ty = 1\r\n")],
        [
            "1 (id a), line 2: found a carriage return (CRLF), expected line ends of one line feed",
            "1 (id a), line 2: found a tab, expected spaces",
        ],
    ),
    "id that occurs twice": (
        [cell("code", "a", ""), cell("code", "a", "")],
        ["2: found id 'a' again, expected another one"],
    ),
}


@pytest.mark.parametrize(("cells", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_reported_with_its_cell(
    cells: list[dict[str, object]], expected: list[str]
) -> None:
    assert problems_of(notebook(*cells)) == [f"lab.ipynb: cell {each}" for each in expected]


def test_invalid_code_is_reported_with_its_cell() -> None:
    (problem,) = problems_of(notebook(cell("code", "a", "x = 1\nfor x:\n")))
    assert problem.startswith("lab.ipynb: cell 1 (id a), line 2: found no valid Python: ")


def test_magics_are_no_mistakes() -> None:
    source = "%matplotlib inline\n%load_ext autoreload\n!ls\nnp.zeros?\nif x:\n    %time y = 1\n"
    assert problems_of(notebook(cell("code", "a", source))) == []
    assert problems_of(notebook(cell("code", "a", "%%time\nx = 1\n"))) == []
    assert mask_magics(source).count("\n") == source.count("\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{",
            "lab.ipynb:1: found invalid JSON: Expecting property name enclosed in double quotes, ",
        ),
        ("[]", "lab.ipynb: found no notebook, expected nbformat 4.5, where cells have ids"),
        (notebook(nbformat_minor=4), "lab.ipynb: found nbformat 4.4, expected nbformat 4.5, "),
        (notebook(nbformat=3), "lab.ipynb: found nbformat 3.5, expected nbformat 4.5, "),
        (notebook(cells=None), "lab.ipynb: found no list of cells, expected a notebook"),
        (notebook(cell("heading", "a", "")), "lab.ipynb: cell 1: found cell_type 'heading', "),
        (notebook(cell("code", "a b", "")), "lab.ipynb: cell 1: found id 'a b', expected up to "),
        (
            notebook({**cell("code", "a", ""), "source": [1]}),
            "lab.ipynb: cell 1: found a source that is ",
        ),
        (notebook(cells=[1]), "lab.ipynb: cell 1: found cell_type None, expected one of code, "),
    ],
)
def test_file_that_is_no_notebook_is_reported(text: str, message: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(message)
