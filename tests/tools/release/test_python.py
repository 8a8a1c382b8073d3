"""What a block must be as Python, each with the message that the author reads."""

from __future__ import annotations

import re

import pytest

from tools.release.blocks import parse_source
from tools.release.python import check_python
from tools.release.text import Spot


def problems_of(text: str) -> list[str]:
    """What is said about a text whose markers are right."""
    source, problems = parse_source(Spot("net.py"), text)
    assert problems == []
    return [str(problem) for problem in check_python(source)]


def loss(*lines: str) -> str:
    """A method `loss` with these lines in it."""
    return "\n".join(["def loss():", *(f"    {line}" for line in lines), ""])


def test_whole_statements_in_their_method_are_right() -> None:
    assert problems_of(loss("# BEGIN SOLUTION T#5", "x = 1", "# END SOLUTION T#5")) == []


def test_invalid_reference_is_reported_with_its_line() -> None:
    (problem,) = problems_of("x = 1\ny = = 2\n")
    assert problem == "net.py:2: found no valid Python: invalid syntax"


def test_nul_in_the_text_is_reported() -> None:
    (problem,) = problems_of("x = 1\0\n")
    assert "found no valid Python" in problem


REST = ["# END SOLUTION T#5", "return 1"]
WRONG = {
    "half of a loop": (
        loss("# BEGIN SOLUTION T#5", "for x in y:", "# END SOLUTION T#5", "    pass"),
        r"3: found a part of a statement in the block of T#5 \(.*",
    ),
    "inside of an expression": (
        loss("values = [", "# BEGIN SOLUTION T#5", "1,", "# END SOLUTION T#5", "]"),
        r"3: found invalid code where the block of T#5 is removed \(.*\), "
        "expected what is left to be Python",
    ),
    "half of a statement, without which the rest is valid": (
        loss("if a:", "    x = 1", "# BEGIN SOLUTION T#5", "else:", "    x = 2", REST[0]),
        r"5: found a part of a statement in the block of T#5 \(invalid syntax\), "
        "expected whole statements",
    ),
    "line further out than the marker": (
        loss("if a:", "    # BEGIN SOLUTION T#5", "    x = 1", "else:", "    x = 2")
        + f"        {REST[0]}\n",
        "5: found a line of the block of T#5 after 4 spaces, expected at least the 8 of its marker",
    ),
    "marker further out than its code": (
        "def loss():\n# BEGIN SOLUTION T#5\n    x = 1\n# END SOLUTION T#5\n    return x\n",
        "2: found the marker of T#5 after 0 spaces, "
        "expected the indentation of the code in its block",
    ),
    "without code": (
        loss("# BEGIN SOLUTION T#5", "# nothing", *REST),
        "2: found no code in the block of T#5, expected what students write",
    ),
    "in another method": (
        loss("# BEGIN SOLUTION T#8", "x = 1", "# END SOLUTION T#8"),
        r"2: found the block of T#8 in loss\(\), expected it in train\(\)",
    ),
    "outside of all functions": (
        "# BEGIN SOLUTION T#11\nx = 1\n# END SOLUTION T#11\n",
        r"1: found the block of T#11 outside of all functions, expected it in predict\(\)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG)
def test_wrong_block_is_reported_with_its_line(text: str, expected: str) -> None:
    (problem,) = problems_of(text)
    assert re.fullmatch(f"net.py:{expected}", problem)


def test_stub_that_stands_in_the_reference_is_reported() -> None:
    stub = 'raise NotImplementedError("T#6 is not done yet")'
    lines = ["# BEGIN SOLUTION T#5", "x = 1", "# END SOLUTION T#5", stub]
    assert problems_of(loss(*lines)) == [
        "net.py: found a stub in the reference, expected stubs only in the release"
    ]
