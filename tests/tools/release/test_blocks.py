"""Parsing: text to typed blocks, and every mistake with its line, found and expected."""

from __future__ import annotations

import pytest

from tools.release.blocks import Kept, Solution, Source, find_markers, parse_source
from tools.release.text import Place

PLACE = Place("net.py")
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


def test_misspelled_marker_is_reported_with_the_nearest() -> None:
    assert problems_of("a = 1", "# BEGIN SOLUTON T#6") == [
        (
            "net.py:2: found '# BEGIN SOLUTON T#6', which is not a marker; expected '# "
            "BEGIN SOLUTION T#6'"
        )
    ]


def test_marker_without_number_sign_is_reported() -> None:
    assert problems_of("BEGIN SOLUTION T#5") == [
        "net.py:1: found 'BEGIN SOLUTION T#5', which is not a marker; "
        "expected '# BEGIN SOLUTION T#5' as a comment on a line of its own"
    ]


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_marker_in_a_docstring_is_reported(quotes: str) -> None:
    assert problems_of(f"x = {quotes}", BEGIN, "hidden = 1", END, quotes) == [
        f"net.py:{line}: found '{marker}' in a string, "
        f"expected '{marker}' as a comment on a line of its own"
        for line, marker in ((2, BEGIN), (4, END))
    ]


@pytest.mark.parametrize("line", [f"x = 1  {BEGIN}", f'x = "{BEGIN}"', f"x = '{END}'"])
def test_marker_that_shares_its_line_with_code_is_reported(line: str) -> None:
    (problem,) = problems_of(line)
    assert problem.startswith("net.py:1: found a marker that shares its line: ")
    assert problem.endswith(" SOLUTION T#5' as a comment on a line of its own")


def test_nested_block_is_reported_with_the_outer_one() -> None:
    inner = ("# BEGIN SOLUTION T#6", "x = 1", "# END SOLUTION T#6")
    assert problems_of(BEGIN, *inner, END) == [
        "net.py:2: found '# BEGIN SOLUTION T#6' inside the block of T#5 (line 1), "
        "expected '# END SOLUTION T#5' before it"
    ]


def test_block_inside_several_is_reported_with_the_innermost() -> None:
    ends = ("# END SOLUTION T#5", "# END SOLUTION T#6", "# END SOLUTION T#7")
    inner = ("# BEGIN SOLUTION T#6", "# BEGIN SOLUTION T#7")
    assert problems_of(BEGIN, *inner, "x = 1", *ends)[1] == (
        "net.py:3: found '# BEGIN SOLUTION T#7' inside the block of T#6 (line 2), "
        "expected '# END SOLUTION T#6' before it"
    )


def test_unclosed_block_is_reported_with_its_beginning() -> None:
    assert problems_of("a = 1", BEGIN, "b = 2") == [
        "net.py:2: found '# BEGIN SOLUTION T#5' without its end, "
        "expected '# END SOLUTION T#5' below it"
    ]


def test_stray_end_marker_is_reported_with_its_line() -> None:
    assert problems_of("a = 1", END) == [
        "net.py:2: found '# END SOLUTION T#5' without its beginning, "
        "expected '# BEGIN SOLUTION T#5' above it"
    ]


def test_end_of_another_task_is_stray_and_the_block_unclosed() -> None:
    assert problems_of(BEGIN, "a = 1", "# END SOLUTION T#6") == [
        "net.py:1: found '# BEGIN SOLUTION T#5' without its end, "
        "expected '# END SOLUTION T#5' below it",
        "net.py:3: found '# END SOLUTION T#6' without its beginning, "
        "expected '# BEGIN SOLUTION T#6' above it",
    ]


def test_misspelled_end_is_not_blamed_on_the_blocks_that_follow() -> None:
    other = ("# BEGIN SOLUTION T#6", "b = 2", "# END SOLUTION T#6")
    assert problems_of(BEGIN, "a = 1", "# END SOLUTON T#5", *other) == [
        "net.py:1: found '# BEGIN SOLUTION T#5' without its end, "
        "expected '# END SOLUTION T#5' below it",
        "net.py:3: found '# END SOLUTON T#5', which is not a marker; expected '# END SOLUTION T#5'",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("# BEGIN SOLUTION T#6", BEGIN, "a = 1", END),  # the other task has the lower number
        ("", "", "# END SOLUTION T#6", "# BEGIN SOLUTION T#6", BEGIN, "a = 1", END),  # ended before
        ("# BEGIN SOLUTION T#6", BEGIN, "a = 1", END, "# BEGIN SOLUTION T#6"),  # begun again
    ],
)
def test_block_without_an_end_below_it_does_not_hold_the_next(lines: tuple[str, ...]) -> None:
    unclosed = (
        "found '# BEGIN SOLUTION T#6' without its end, expected '# END SOLUTION T#6' below it"
    )
    at = [number for number, line in enumerate(lines, 1) if line == "# BEGIN SOLUTION T#6"]
    found = [problem for problem in problems_of(*lines) if "BEGIN" in problem.partition(",")[0]]
    assert found == [f"net.py:{number}: {unclosed}" for number in at]


def test_crossing_blocks_are_reported() -> None:
    lines = (BEGIN, "a = 1", "# BEGIN SOLUTION T#6", END, "b = 2", "# END SOLUTION T#6")
    assert problems_of(*lines) == [
        "net.py:3: found '# BEGIN SOLUTION T#6' inside the block of T#5 (line 1), "
        "expected '# END SOLUTION T#5' before it"
    ]


def test_block_begun_again_before_its_end_is_reported() -> None:
    (first, second) = problems_of(BEGIN, "a = 1", BEGIN, "b = 2", END, END)
    assert first.startswith("net.py:3: found '# BEGIN SOLUTION T#5' inside the block of T#5 (line")
    assert second.startswith("net.py:6: found '# END SOLUTION T#5' without its beginning")


def test_markers_of_different_indentation_are_reported() -> None:
    assert problems_of(BEGIN, "if a:", "    b = 1", f"    {END}") == [
        "net.py:4: found '# END SOLUTION T#5' after 4 spaces, "
        "expected 0 as before its beginning (line 1)"
    ]
    assert problems_of(f"    {BEGIN}", "    b = 1", END) == [
        "net.py:3: found '# END SOLUTION T#5' after 0 spaces, "
        "expected 4 as before its beginning (line 1)"
    ]


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


def test_markers_are_found_in_a_text_that_is_no_python() -> None:
    assert problems_of("def (:", "# BEGIN SOLUTON T#5") == [
        (
            "net.py:2: found '# BEGIN SOLUTON T#5', which is not a marker; expected '# "
            "BEGIN SOLUTION T#5'"
        )
    ]


def test_exact_marker_is_reported_where_none_may_be() -> None:
    assert [str(problem) for problem in find_markers(Place("README.md"), f"Hello\n{BEGIN}\n")] == [
        "README.md:2: found '# BEGIN SOLUTION T#5', expected no marker here"
    ]


def test_long_line_is_quoted_short() -> None:
    (problem,) = problems_of(f"{BEGIN} {'x' * 500}")
    assert len(problem) < 200
    assert "..." in problem
