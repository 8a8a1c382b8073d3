"""The hunt: a solution is found wherever it hides, and common lines are not taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.release.conftest import cell, lab_notebook, notebook
from tools.release import build
from tools.release.blocks import Solution, parse_source
from tools.release.leaks import find_leaks, find_secrets, squeeze
from tools.release.text import Spot

BLOCK = """\
# BEGIN SOLUTION T#5
# the hidden layer lets through what is positive
hidden = np.maximum(0, X @ W1 + b1)  # (N, H), (H,)
done = True
for name in self.params:
    self.params[name] -= (
        learning_rate * grads[name] * some_other_factor
    )
else:
    pass
# END SOLUTION T#5
"""


@pytest.fixture
def solution() -> Solution:
    """One block with a bit of everything."""
    source, _ = parse_source(Spot("net.py"), BLOCK)
    return source.solutions[0]


def leaks_in(solution: Solution, name: str, text: str) -> list[str]:
    """What is found in one file."""
    return [str(problem) for problem in find_leaks([solution], {name: text.encode()})]


def test_secrets_are_statements_right_sides_and_comments(solution: Solution) -> None:
    assert [secret.text for secret in find_secrets(solution)] == [
        "the hidden layer lets through what is positive",
        "hidden = np.maximum(0, X @ W1 + b1)",
        "np.maximum(0, X @ W1 + b1)",
        "for name in self.params:",
        "self.params[name] -= ( learning_rate * grads[name] * some_other_factor )",
        "( learning_rate * grads[name] * some_other_factor )",
        "learning_rate * grads[name] * some_other_factor",
    ]


def test_leak_is_reported_with_both_places(solution: Solution) -> None:
    text = "First:\n\n    hidden = np.maximum(0, X @ W1 + b1)\n"
    assert leaks_in(solution, "README.md", text)[0] == (
        "README.md:3: found 'hidden = np.maximum(0, X @ W1 + b1)' of the block of T#5 "
        "(net.py:1), expected it nowhere but there"
    )


@pytest.mark.parametrize(
    "text",
    [
        "scores = np.maximum(0,X@W1+b1) @ W2",
        "# hidden = np.maximum( 0, X @ W1 + b1 )",
        "Use `np.maximum(0, X @ W1 + b1)` here.",
        "NP.MAXIMUM(0, X @ w1 + B1)",
        "np.maximum(0,\n    X @ W1\n    + b1)",
        "# np.maximum(0,\n#   X @ W1 + b1)",
        "x = 'The hidden layer lets through\\\n what is positive'".replace("\\\n", ""),
        "step = learning_rate * grads[name] * some_other_factor",
    ],
)
def test_solution_in_another_form_is_found(solution: Solution, text: str) -> None:
    assert leaks_in(solution, "cattern/submit.py", text)


@pytest.mark.parametrize(
    "line", ["rates = [1e-4, 1e-3]", 'print(f"rate {rate:g}")', "x[i] = 1.5 * y"]
)
def test_settings_and_texts_of_a_solution_are_hunted(line: str) -> None:
    source, _ = parse_source(Spot("net.py"), f"# BEGIN SOLUTION T#12\n{line}\n# END SOLUTION T#12")
    assert leaks_in(source.solutions[0], "README.md", f"> {line}")


@pytest.mark.parametrize("text", ["done = True", "else:\n    pass", "# (N, H), (H,)", ")", ""])
def test_lines_that_say_nothing_are_not_hunted(solution: Solution, text: str) -> None:
    assert leaks_in(solution, "mnist_data/idx.py", text) == []


SECRET = "hidden = np.maximum(0, X @ W1 + b1)"


@pytest.mark.parametrize(
    "text",
    [
        notebook(cell("markdown", "a", f"Try this:\n\n    {SECRET}\n")),
        notebook(cell("code", "a", f"# {SECRET}")),
        notebook(cell("code", "a", "1") | {"metadata": {"solution": [SECRET]}}),
        notebook(cell("code", "a", "1") | {"metadata": {SECRET: 1}}),
        notebook(
            cell("code", "a", "1", outputs=[{"output_type": "stream", "text": ["x", SECRET]}])
        ),
        notebook(cell("markdown", "a", "x", attachments={"a.txt": {"text/plain": SECRET}})),
        notebook(metadata={"notes": {"deep": [["x", SECRET]]}}),
        notebook(
            cell("code", "a", "1") | {"source": ["hidden = np.maximum(0,\n", " X @ W1 + b1)"]}
        ),
    ],
)
def test_solution_anywhere_in_a_notebook_is_found(solution: Solution, text: str) -> None:
    assert leaks_in(solution, "lab.ipynb", text)


def test_notebook_without_a_solution_is_clean(solution: Solution) -> None:
    assert leaks_in(solution, "lab.ipynb", lab_notebook()) == []


def test_release_has_no_leak_but_reference_has(
    checkout: Path,
) -> None:
    release = build(checkout)
    assert find_leaks(release.solutions, release.files) == []
    reference = {name: text.encode() for name, text in release.reference.items()}
    found = "\n".join(map(str, find_leaks(release.solutions, reference)))
    for solution in release.solutions:
        assert f"of the block of {solution.task} (" in found


def test_every_reference_line_with_substance_is_hunted(checkout: Path) -> None:
    """What is not hunted is short, a shape, or says nothing: listed here, to be looked at."""
    left = []
    for solution in build(checkout).solutions:
        needles = [secret.needle for secret in find_secrets(solution)]
        for line in solution.lines:
            code = squeeze(line.partition("  #")[0])
            if code and not any(code in needle or needle in code for needle in needles):
                left.append(code)
    assert left == []


def test_json_of_a_leak_does_not_hide_it(solution: Solution) -> None:
    escaped = json.dumps("hidden = np.maximum(0,\tX @ W1 + b1)")
    text = f'{{"cells": [], "metadata": {{"a": {escaped}}}, "nbformat": 4, "nbformat_minor": 5}}'
    assert leaks_in(solution, "lab.ipynb", text)
