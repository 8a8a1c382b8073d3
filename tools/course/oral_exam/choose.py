"""Chooses a few questions for one student, about as many tasks as there are."""

from __future__ import annotations

import hashlib

from tools.course.gradebook.book import Gradebook
from tools.course.oral_exam.code_bank import CODE_BANK, GIVEN_BANK
from tools.course.oral_exam.facts import Facts, OralQuestion
from tools.course.oral_exam.run_bank import RUN_BANK

COUNT = 5


def questions_for(book: Gradebook, student: str) -> tuple[OralQuestion, ...]:
    """Return up to five questions about one student's work, the same ones each time.

    The student's own mistake comes first, then one question for each task, then more. Students
    with the same code get different ones. Questions about the given code fill up the rest.
    """
    facts = Facts.of(book, student)
    own = sorted(every_question(facts), key=lambda one: _draw(student, one))
    given = [one for generate in GIVEN_BANK if (one := generate(facts))]
    chosen: list[OralQuestion] = []
    for again in (False, True):
        for one in (*own, *given):
            taken = {other.task for other in chosen}
            if one not in chosen and (again or one.task not in taken):
                chosen.append(one)
    return tuple(chosen[:COUNT])


def every_question(facts: Facts) -> list[OralQuestion]:
    """Return all questions that the banks have about a student's own work."""
    return [one for generate in (*RUN_BANK, *CODE_BANK) if (one := generate(facts))]


def _draw(student: str, one: OralQuestion) -> tuple[bool, str]:
    lot = hashlib.sha256(f"{student}/{one.topic}".encode()).hexdigest()
    return one.topic != "own-mistake", lot
