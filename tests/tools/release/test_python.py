"""What a block must be as Python, each with the message that the author reads."""

from __future__ import annotations

from tools.release.blocks import parse_source
from tools.release.python import check_python
from tools.release.text import Place


def problems_of(text: str) -> list[str]:
    """What is said about a text whose markers are right."""
    source, problems = parse_source(Place("net.py"), text)
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


def test_half_of_a_loop_is_reported() -> None:
    lines = ["# BEGIN SOLUTION T#5", "for x in y:", "# END SOLUTION T#5", "    pass"]
    (problem,) = problems_of(loss(*lines))
    assert problem.startswith("net.py:3: found a part of a statement in the block of T#5")


def test_block_inside_of_an_expression_is_reported() -> None:
    text = loss("values = [", "# BEGIN SOLUTION T#5", "1,", "# END SOLUTION T#5", "]")
    (problem,) = problems_of(text)
    assert problem.startswith("net.py:3: found invalid code where the block of T#5 is removed (")
    assert problem.endswith("), expected what is left to be Python")


def test_half_a_removable_statement_is_reported() -> None:
    lines = ["if a:", "    x = 1", "# BEGIN SOLUTION T#5", "else:", "    x = 2"]
    (problem,) = problems_of(loss(*lines, "# END SOLUTION T#5"))
    assert problem == (
        "net.py:5: found a part of a statement in the block of T#5 (invalid syntax), "
        "expected whole statements"
    )


def test_line_further_out_than_the_marker_is_reported() -> None:
    lines = ["if a:", "    # BEGIN SOLUTION T#5", "    x = 1", "else:", "    x = 2"]
    (problem,) = problems_of(loss(*lines, "    # END SOLUTION T#5"))
    assert problem == (
        "net.py:5: found a line of the block of T#5 after 4 spaces, "
        "expected at least the 8 of its marker"
    )


def test_marker_further_out_than_its_code_is_reported() -> None:
    text = "def loss():\n# BEGIN SOLUTION T#5\n    x = 1\n# END SOLUTION T#5\n    return x\n"
    (problem,) = problems_of(text)
    assert problem == (
        "net.py:2: found the marker of T#5 after 0 spaces, "
        "expected the indentation of the code in its block"
    )


def test_block_without_code_is_reported() -> None:
    text = loss("# BEGIN SOLUTION T#5", "# nothing", "# END SOLUTION T#5", "return 1")
    assert problems_of(text) == [
        "net.py:2: found no code in the block of T#5, expected what students write"
    ]


def test_block_in_another_method_is_reported() -> None:
    assert problems_of(loss("# BEGIN SOLUTION T#8", "x = 1", "# END SOLUTION T#8")) == [
        "net.py:2: found the block of T#8 in loss(), expected it in train()"
    ]


def test_block_outside_of_all_functions_is_reported() -> None:
    assert problems_of("# BEGIN SOLUTION T#11\nx = 1\n# END SOLUTION T#11\n") == [
        "net.py:1: found the block of T#11 outside of all functions, expected it in predict()"
    ]


def test_stub_that_stands_in_the_reference_is_reported() -> None:
    stub = 'raise NotImplementedError("T#6 is not done yet")'
    lines = ["# BEGIN SOLUTION T#5", "x = 1", "# END SOLUTION T#5", stub]
    assert problems_of(loss(*lines)) == [
        "net.py: found a stub in the reference, expected stubs only in the release"
    ]
