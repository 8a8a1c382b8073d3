"""Grade every mistake of the catalogue and keep the results in a table.

python -m tools.dev.mistake_table            print the table
python -m tools.dev.mistake_table --write    write docs/mistakes.md
python -m tools.dev.mistake_table --check    fail if docs/mistakes.md is stale
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

Each line is one mistake in `grader/lab/mistakes/`: an edit of a correct submission, graded. *Costs*
is the loss in the mistake's own task, plus the loss in other tasks if there is any. *Named* says
whether the student's feedback names the mistake; "a deviation" means a sentence from
`[deviations.*]` in the rubric. The short training on images is left out here.

The feedback page and the desk also explain the mistake and ask a question about it.

`python -m tools.dev.mistake_table --write` makes this page.
"""


def make_page(grade: Callable[[Submission], Verdict]) -> str:
    """The whole page, from the verdict on each mistake."""
    count = sum(len(mistakes) for mistakes in CATALOGUE.values())
    lines = [_HEAD, f"{count} mistakes.\n"]
    for task in TASKS:
        if task.name in CATALOGUE:
            lines += [f"## {task.name}: {task.title}\n", *_table(CATALOGUE[task.name], grade), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(mistakes: tuple[Mistake, ...], grade: Callable[[Submission], Verdict]) -> Iterator[str]:
    yield "| mistake | edit | costs | named | the feedback says |"
    yield "|---|---|---|---|---|"
    for mistake in mistakes:
        cells = _cells(mistake, grade(submission_with(mistake)))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _cells(mistake: Mistake, verdict: Verdict) -> list[str]:
    checks = [check for task in verdict.tasks for check in task.checks]
    asked = [one for one in checks if one.task in CATALOGUE and one.id not in _ON_IMAGES]
    own = [check for check in asked if check.task == mistake.task]
    elsewhere = _lost(check for check in asked if check.task != mistake.task)
    failed = [check for check in own if check.score < check.max_score]
    named = {check.misconception for check in failed if check.misconception} == {mistake.slug}
    is_told = {check.judged for check in failed} == {Judged.PARTLY}  # by a deviation's sentence
    return [
        f"`{mistake.slug}`",
        "; ".join(_diff(old, new) for old, new in mistake.edits),
        f"{_lost(own):g} of {sum(check.max_score for check in own):g}"
        + (f" + {elsewhere:g}" if elsewhere else ""),
        "yes" if named else "a deviation" if is_told else "no",
        mistake.title,
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
