"""How mutants are counted."""

from __future__ import annotations

from tools.bench.mutants import PROJECT, TARGETS, Mutant, summary


def test_survivors_lower_the_score_and_are_named_with_their_line():
    outcomes = ["killed", "killed", "survived", "incompetent", "not run"]
    found = summary([Mutant("m.py", at, "op", one) for at, one in enumerate(outcomes)])
    assert found["killed_share"] == 0.75
    assert found["survivors"] == ["line 2: op"]
    assert found["not run"] == 1


def test_targets_and_their_tests_exist():
    for module, tests in TARGETS.items():
        assert all((PROJECT / path).is_file() for path in (module, *tests)), module
