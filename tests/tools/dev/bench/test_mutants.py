"""How mutants are counted, and which are tried."""

from __future__ import annotations

import re

from tools.dev.bench.mutants import PROJECT, TARGETS, Mutant, annotations_in, summary


def test_survivors_lower_the_score_and_are_named_with_their_line():
    outcomes = ["killed", "killed", "survived", "incompetent", "not run"]
    found = summary([Mutant("m.py", at, "op", one) for at, one in enumerate(outcomes)])
    assert found["killed_share"] == 0.75
    assert found["survivors"] == ["line 2: op"]
    assert found["not run"] == 1


def test_targets_and_their_tests_exist():
    for module, tests in TARGETS.items():
        assert (PROJECT / module).is_file(), module
        for path, _, name in (test.partition("::") for test in tests):
            text = (PROJECT / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {name or 'test_.*'}\(", text, re.MULTILINE), (path, name)


def test_annotations_are_found_and_nothing_else():
    source = "def f(a: int | None, b=1 | 2) -> str | None:\n    c: list[int] = [3]\n    return a\n"
    lines = source.splitlines()
    found = [lines[row - 1][start:end] for (row, start), (_, end) in annotations_in(source)]
    assert sorted(found) == ["int | None", "list[int]", "str | None"]
