"""Laws: putting back undoes stripping, and no arrangement of markers lets a line through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.lab.tasks import TASK_NAMES
from tools.release.blocks import Kept, parse_source
from tools.release.markers import resembles_marker
from tools.release.strip import put_back, strip, stub_tasks
from tools.release.text import Spot

PLACE = Spot("net.py")
INDENTS = st.sampled_from(["", "    ", "        "])
CODE = st.sampled_from(
    ["", "x = 1", "if x:", "# a comment", "'''", "return x", "é = '\\''", "f(", "    y", ")"]
)
TASKS = st.sampled_from(TASK_NAMES)
MISTAKES = st.sampled_from(
    ["# BEGIN SOLUTON {}", "#END SOLUTION {}", "# end solution {}", "# BEGIN SOLUTION {} ", "# {}"]
)


@st.composite
def marked_texts(draw: st.DrawFn) -> str:
    """Texts with each task at most once, its block whole and properly marked."""
    lines = draw(st.lists(CODE, max_size=4))
    for task in draw(st.lists(TASKS, unique=True, max_size=5)):
        indent = draw(INDENTS)
        inside = draw(st.lists(CODE.filter(lambda line: "'''" not in line), max_size=4))
        lines += [f"{indent}# BEGIN SOLUTION {task}", *inside, f"{indent}# END SOLUTION {task}"]
        lines += draw(st.lists(CODE, max_size=4))
    return "\n".join(lines)


@given(marked_texts())
def test_put_back_undoes_strip(text: str) -> None:
    source, problems = parse_source(PLACE, text)
    assert source.text == text
    if not problems:  # an open string may swallow a marker; then there is nothing to put back
        stub = strip(source)
        assert put_back(stub, source.solutions) == text
        assert stub_tasks(stub) == tuple(solution.task for solution in source.solutions)
        assert put_back(stub, ()) == stub


@st.composite
def arranged_markers(draw: st.DrawFn) -> list[str]:
    """Whole blocks, single markers, mistakes and numbered secret lines in any order."""
    lines: list[str] = []
    for kind in draw(st.lists(st.sampled_from(["block", "block", "line", "wrong"]), max_size=6)):
        indent, task = draw(INDENTS), draw(TASKS)
        begin, end = f"{indent}# BEGIN SOLUTION {task}", f"{indent}# END SOLUTION {task}"
        secret = f"{indent}secret_{len(lines)} = 1"
        lines += {
            "block": [begin, secret, end],
            "line": [draw(st.sampled_from([begin, end, secret]))],
            "wrong": [indent + draw(MISTAKES).format(task)],
        }[kind]
    return lines


@given(arranged_markers())
def test_no_arrangement_of_markers_leaks_a_line(lines: list[str]) -> None:
    """After the first line that opens a block, or may have been meant to, until one closes it."""
    source, problems = parse_source(PLACE, "\n".join(lines))
    if problems:
        return  # refused as a whole
    stub = strip(source)
    inside = False
    for line in lines:
        if "BEGIN SOLUTION" in line:
            inside = True
        elif "END SOLUTION" in line:
            inside = False
        elif inside and "secret" in line:
            assert line.strip() not in [kept.strip() for kept in stub.split("\n")]
    assert "SOLUTION" not in stub


@given(arranged_markers())
def test_resembling_line_is_a_marker_or_problem(lines: list[str]) -> None:
    source, problems = parse_source(PLACE, "\n".join(lines))
    kept = [line for block in source.blocks if isinstance(block, Kept) for line in block.lines]
    if any(resembles_marker(line) for line in kept):
        assert problems


@given(st.text(alphabet="# BEGINSOLUTDbegin\tT5_\n'\"", max_size=60))
def test_any_text_comes_back_to_the_byte(text: str) -> None:
    source, _ = parse_source(PLACE, text)
    assert source.text == text
