"""The kit's own cost is the whole less the bare questions."""

from __future__ import annotations

import sys

from grader.lab.questions import make_questions
from tools.dev.bare import InProcess
from tools.dev.bench.overhead import TOY_QUESTIONS, measure_overhead
from tools.dev.bench.samples import REFERENCE


def test_parts_are_there_and_the_kit_costs_more_than_nothing():
    found = measure_overhead(4, 1, toy_only=True)
    assert found["submissions"] == 4
    assert found["kit_cpu_ms"] > found["bare_cpu_ms"] > 1
    assert set(found["parts_ms"]) == {
        "child beyond the bare process",
        "fork server",
        "grading process",
        "storing",
    }


def test_the_bare_process_is_left_as_it_was():
    bare = InProcess(make_questions(0, with_data=False))
    before = set(sys.modules), list(sys.meta_path)
    assert bare.answer_s(REFERENCE.read_text(encoding="utf-8")) > 0
    assert (set(sys.modules), list(sys.meta_path)) == before


def test_toy_questions_are_questions_of_the_kit():
    known = {question.id for question in make_questions(0, with_data=False).questions}
    assert set(TOY_QUESTIONS) <= known
