"""Puts every catalogued mistake through the grader and keeps the table of what came of it.

python -m tools.dev.mistake_table            print the table
python -m tools.dev.mistake_table --write    write docs/mistakes.md
python -m tools.dev.mistake_table --check    fail where docs/mistakes.md says something else
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.engine.judge import judge
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import CheckVerdict, Judged, Verdict
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.submissions import submission_with
from grader.lab.tasks import TASKS
from grader.submission.submission import Submission
from grader.two_layer_net import LAB

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "mistakes.md"
SEED = 7  # of the run whose questions are asked; any other gives the same table
_ON_IMAGES = ("batch-training", "step-training", "decay-training")

_HEAD = """# Mistakes that the grader knows by name

Each line is one mistake of `grader/lab/mistakes/`: an edit of right code, graded as a submission
that is right but for it. The table shows what it costs in its own task and elsewhere, which checks
fail, and what the student reads. The short training on images is left out here.

`python -m tools.dev.mistake_table --write` makes this page.
"""


def make_page(grade: Callable[[Submission], Verdict]) -> str:
    """The whole page, from what a grader says of each mistake."""
    count = sum(len(mistakes) for mistakes in CATALOGUE.values())
    lines = [_HEAD, f"{count} mistakes.\n"]
    for task in TASKS:
        if task.name in CATALOGUE:
            lines += [f"## {task.name}: {task.title}\n", *_table(CATALOGUE[task.name], grade), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(mistakes: tuple[Mistake, ...], grade: Callable[[Submission], Verdict]) -> Iterator[str]:
    yield "| mistake | edit | costs | elsewhere | named | fails | the student reads |"
    yield "|---|---|---|---|---|---|---|"
    for mistake in mistakes:
        cells = _cells(mistake, grade(submission_with(mistake)))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _cells(mistake: Mistake, verdict: Verdict) -> list[str]:
    checks = [check for task in verdict.tasks for check in task.checks]
    asked = [one for one in checks if one.task in CATALOGUE and one.id not in _ON_IMAGES]
    own = [check for check in asked if check.task == mistake.task]
    failed = [check for check in own if check.score < check.max_score]
    named = {check.misconception for check in failed if check.misconception} == {mistake.slug}
    is_told = {check.judged for check in failed} == {Judged.PARTLY}  # by a deviation's sentence
    return [
        f"`{mistake.slug}`",
        "; ".join(_diff(old, new) for old, new in mistake.edits),
        f"{_lost(own):g} of {sum(check.max_score for check in own):g}",
        f"{_lost(check for check in asked if check.task != mistake.task):g}",
        "yes" if named else "a deviation" if is_told else "no",
        ", ".join(check.id for check in failed),
        mistake.advice,
    ]


def _diff(old: str, new: str) -> str:
    """An edit in one line of a table."""
    return " → ".join(
        f"`{' ⏎ '.join(text.split(chr(10))).strip()}`" if text else "(nothing)"
        for text in (old, new)
    )


def _lost(checks: Iterator[CheckVerdict] | list[CheckVerdict]) -> float:
    return round(sum(check.max_score - check.score for check in checks), 4)


def _grade_in_sandbox() -> str:
    rubric = load_rubric(LAB)
    with Observer(LAB, SEED, rubric, data=None) as observer:
        return make_page(
            lambda submission: judge(
                LAB.evidence_of(observer.observe(submission), SEED, rubric, None)
            )
        )


def main(arguments: list[str] | None = None) -> int:
    """Print, write or check the page."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.mistake_table", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help=f"write docs/{DOCUMENT.name}")
    what.add_argument("--check", action="store_true", help=f"compare docs/{DOCUMENT.name}")
    options = parser.parse_args(arguments)
    page = _grade_in_sandbox()
    if options.write:
        DOCUMENT.write_text(page)
    elif options.check:
        if DOCUMENT.read_text() != page:
            print(f"docs/{DOCUMENT.name} is stale: run python -m tools.dev.mistake_table --write")
            return 1
    else:
        print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
