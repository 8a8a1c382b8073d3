"""Parsing: text to typed blocks, and every mistake with its line, found and expected."""

from __future__ import annotations

import pytest

from tools.release.blocks import Kept, Solution, Source, find_markers, parse_source
from tools.release.text import Spot

PLACE = Spot("net.py")
BEGIN, END = "# BEGIN SOLUTION T#5", "# END SOLUTION T#5"


def problems_of(*lines: str) -> list[str]:
    """What is said about a text."""
    return [str(problem) for problem in parse_source(PLACE, "\n".join(lines))[1]]


def test_text_becomes_kept_and_solution_blocks() -> None:
    source, problems = parse_source(PLACE, f"a = 1\n  {BEGIN}\n  b = 2\n  {END}\nc = 3\n")
    assert problems == []
    assert source.blocks == (
        Kept(("a = 1",)),
        Solution("T#5", 2, ("  b = 2",), PLACE.at(2)),
        Kept(("c = 3", "")),
    )


def test_text_comes_back_to_the_byte() -> None:
    text = f"a = 1\n\n    {BEGIN}\n    b = 2\n\n    {END}\n\n"
    assert parse_source(PLACE, text)[0].text == text


def test_text_without_markers_is_one_kept_block() -> None:
    source, problems = parse_source(PLACE, "a = 1\n")
    assert (source, problems) == (Source.plain(PLACE, "a = 1\n"), [])


INNER = ("# BEGIN SOLUTION T#6", "x = 1", "# END SOLUTION T#6")
UNCLOSED = "found '# BEGIN SOLUTION T#5' without its end, expected '# END SOLUTION T#5' below it"
NESTED = (
    "found '# BEGIN SOLUTION T#6' inside the block of T#5 (line 1), "
    "expected '# END SOLUTION T#5' before it"
)
MISSPELLED = "found '# BEGIN SOLUTON T#6', which is not a marker; expected '# BEGIN SOLUTION T#6'"
STRAY = "found '# END SOLUTION {0}' without its beginning, expected '# BEGIN SOLUTION {0}' above it"
MISTAKES = {
    "misspelled": (["a = 1", "# BEGIN SOLUTON T#6"], [f"2: {MISSPELLED}"]),
    "in no Python": (["def (:", "# BEGIN SOLUTON T#6"], [f"2: {MISSPELLED}"]),
    "without number sign": (
        ["BEGIN SOLUTION T#5"],
        [
            "1: found 'BEGIN SOLUTION T#5', which is not a marker; "
            "expected '# BEGIN SOLUTION T#5' as a comment on a line of its own"
        ],
    ),
    "nested": ([BEGIN, *INNER, END], [f"2: {NESTED}"]),
    "crossing": ([BEGIN, "a = 1", INNER[0], END, "b = 2", INNER[2]], [f"3: {NESTED}"]),
    "unclosed": (["a = 1", BEGIN, "b = 2"], [f"2: {UNCLOSED}"]),
    "stray": (["a = 1", END], [f"2: {STRAY.format('T#5')}"]),
    "end of another task": (
        [BEGIN, "a = 1", "# END SOLUTION T#6"],
        [f"1: {UNCLOSED}", f"3: {STRAY.format('T#6')}"],
    ),
    "misspelled end before another block": (
        [BEGIN, "a = 1", "# END SOLUTON T#5", *INNER],
        [
            f"1: {UNCLOSED}",
            "3: found '# END SOLUTON T#5', which is not a marker; expected '# END SOLUTION T#5'",
        ],
    ),
    "end further in": (
        [BEGIN, "if a:", "    b = 1", f"    {END}"],
        [f"4: found '{END}' after 4 spaces, expected 0 as before its beginning (line 1)"],
    ),
    "end further out": (
        [f"    {BEGIN}", "    b = 1", END],
        [f"3: found '{END}' after 0 spaces, expected 4 as before its beginning (line 1)"],
    ),
}


@pytest.mark.parametrize(("lines", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_wrong_marker_is_reported_with_its_line(lines: list[str], expected: list[str]) -> None:
    assert problems_of(*lines) == [f"net.py:{problem}" for problem in expected]


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_marker_in_a_docstring_is_reported(quotes: str) -> None:
    assert problems_of(f"x = {quotes}", BEGIN, "hidden = 1", END, quotes) == [
        f"net.py:{line}: found '{marker}' in a string, "
        f"expected '{marker}' as a comment on a line of its own"
        for line, marker in ((2, BEGIN), (4, END))
    ]


@pytest.mark.parametrize("line", [f"x = 1  {BEGIN}", f'x = "{BEGIN}"', f"x = '{END}'"])
def test_marker_beside_code_is_reported(line: str) -> None:
    (problem,) = problems_of(line)
    assert problem.startswith("net.py:1: found a marker that shares its line: ")
    assert problem.endswith(" SOLUTION T#5' as a comment on a line of its own")


def test_block_inside_several_is_reported_with_the_innermost() -> None:
    ends = ("# END SOLUTION T#5", "# END SOLUTION T#6", "# END SOLUTION T#7")
    inner = ("# BEGIN SOLUTION T#6", "# BEGIN SOLUTION T#7")
    assert problems_of(BEGIN, *inner, "x = 1", *ends)[1] == (
        "net.py:3: found '# BEGIN SOLUTION T#7' inside the block of T#6 (line 2), "
        "expected '# END SOLUTION T#6' before it"
    )


@pytest.mark.parametrize(
    "lines",
    [
        ("# BEGIN SOLUTION T#6", BEGIN, "a = 1", END),  # the other task has the lower number
        ("", "", "# END SOLUTION T#6", "# BEGIN SOLUTION T#6", BEGIN, "a = 1", END),  # ended before
        ("# BEGIN SOLUTION T#6", BEGIN, "a = 1", END, "# BEGIN SOLUTION T#6"),  # begun again
    ],
)
def test_unclosed_block_does_not_hold_the_next(lines: tuple[str, ...]) -> None:
    unclosed = (
        "found '# BEGIN SOLUTION T#6' without its end, expected '# END SOLUTION T#6' below it"
    )
    at = [number for number, line in enumerate(lines, 1) if line == "# BEGIN SOLUTION T#6"]
    found = [problem for problem in problems_of(*lines) if "BEGIN" in problem.partition(",")[0]]
    assert found == [f"net.py:{number}: {unclosed}" for number in at]


def test_block_begun_again_before_its_end_is_reported() -> None:
    (first, second) = problems_of(BEGIN, "a = 1", BEGIN, "b = 2", END, END)
    assert first.startswith("net.py:3: found '# BEGIN SOLUTION T#5' inside the block of T#5 (line")
    assert second.startswith("net.py:6: found '# END SOLUTION T#5' without its beginning")


@pytest.mark.parametrize(
    ("task", "nearest"), [("T#4", "T#5"), ("T#05", "T#5"), ("T#100", "T#12"), ("T#121", "T#12")]
)
def test_unknown_task_is_reported_with_the_nearest(task: str, nearest: str) -> None:
    (problem,) = problems_of(f"# BEGIN SOLUTION {task}")
    expected = "expected one of T#5 to T#12"
    assert problem == f"net.py:1: found task {task}, {expected}; nearest: {nearest}"


def test_all_mistakes_are_reported_at_once() -> None:
    found = problems_of(END, "# begin solution T#6", "x = 1  # END SOLUTION T#7", BEGIN)
    assert [problem.partition(": ")[0] for problem in found] == [
        "net.py:1",
        "net.py:2",
        "net.py:3",
        "net.py:4",
    ]


def test_exact_marker_is_reported_where_none_may_be() -> None:
    assert [str(problem) for problem in find_markers(Spot("README.md"), f"Hello\n{BEGIN}\n")] == [
        "README.md:2: found '# BEGIN SOLUTION T#5', expected no marker here"
    ]


def test_long_line_is_quoted_short() -> None:
    (problem,) = problems_of(f"{BEGIN} {'x' * 500}")
    assert len(problem) < 200
    assert "..." in problem
