"""Grades the corpus of wrong submissions and counts how many causes are named, and named truly.

python -m tests.causes              print the shares by task, by kind and by half
python -m tests.causes --list       print every submission that is not named, or wrongly

A name is right if the corpus lists its slug as a true cause of that submission. Tasks that lose no
points for the fault, or a part of them for a deviation that the message explains, are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from time import process_time

from grader.engine.evidence import Evidence
from grader.engine.judge import judge
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import Judged, Verdict
from grader.lab.mistakes.submissions import submission_of
from grader.two_layer_net import LAB
from tests.grader.lab.wrong_submissions import BY_KIND, WrongSubmission, source

SEED = 7  # of the run whose questions are asked
_NOT_DONE = "is not done yet"


@dataclass(frozen=True)
class Named:
    """What the verdict says about the cause of one fault: a wrong task of a submission."""

    wrong: WrongSubmission
    kind: str
    task: str
    slugs: frozenset[str]
    is_told: bool  # the message itself says that the task is not done

    @property
    def is_named(self) -> bool:
        """Whether any cause is named."""
        return bool(self.slugs) or self.is_told

    @property
    def is_right(self) -> bool:
        """Whether every name is true."""
        return self.is_told or self.slugs <= set(self.wrong.accept)

    @property
    def half(self) -> str:
        """One of two halves of the corpus, by a hash of the name."""
        return "AB"[sha256(self.wrong.name.encode()).digest()[0] % 2]


def names_in(wrong: WrongSubmission, kind: str, verdict: Verdict) -> list[Named]:
    """One entry for each wrong task that loses points, and for each other task with a name."""
    found = []
    for task in verdict.tasks:
        checks = [
            check for check in task.checks if check.judged in (Judged.WRONG, Judged.NOT_REACHED)
        ]
        slugs = {check.misconception for check in checks if check.misconception}
        told = wrong.tasks == (task.task,) and any(_NOT_DONE in one.message for one in checks)
        blamed = task.task in wrong.tasks and any(one.judged is Judged.WRONG for one in checks)
        if slugs or told or blamed:
            parts = frozenset(part for slug in slugs for part in slug.split("+"))
            found.append(Named(wrong, kind, task.task, parts, told))
    return found


def grade_all(
    kinds: Mapping[str, Iterable[WrongSubmission]], grade: Callable[[WrongSubmission], Verdict]
) -> list[Named]:
    """The names in all verdicts on a corpus."""
    return [
        named
        for kind, group in kinds.items()
        for wrong in group
        for named in names_in(wrong, kind, grade(wrong))
    ]


def shares(found: Iterable[Named]) -> tuple[int, int, int]:
    """How many faults there are, how many are named, and how many of the names are right."""
    found = list(found)
    named = [one for one in found if one.is_named]
    return len(found), len(named), sum(one.is_right for one in named)


def table(found: list[Named]) -> str:
    """The shares by task, by kind and by half."""
    groups: dict[str, list[Named]] = {"all": found}
    for one in found:
        for group in (one.task, one.kind, f"half {one.half}"):
            groups.setdefault(group, []).append(one)
    order = sorted(groups, key=lambda name: (name != "all", len(name), name))
    lines = ["| | faults | named | of these right |", "|---|---|---|---|"]
    for name in order:
        count, named, right = shares(groups[name])
        lines.append(f"| {name} | {count} | {named / count:.1%} | {right / max(1, named):.1%} |")
    return "\n".join(lines)


def _time(evidence: list[Evidence]) -> float:
    """Milliseconds for judging one submission, of processor time."""
    began = process_time()
    for one in evidence:
        judge(LAB.evidence_of(one.observations, SEED, one.rubric, None))
    return 1e3 * (process_time() - began) / len(evidence)


def main(arguments: list[str] | None = None) -> int:
    """Grade the corpus in the sandbox and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.causes", description=__doc__)
    parser.add_argument("--list", action="store_true", help="print what is not named, or wrongly")
    options = parser.parse_args(arguments)
    rubric, seen = load_rubric(LAB), []
    with Observer(LAB, SEED, rubric, data=None) as observer:

        def grade(wrong: WrongSubmission) -> Verdict:
            observations = observer.observe(submission_of(source(wrong), wrong.name))
            seen.append(LAB.evidence_of(observations, SEED, rubric, None))
            return judge(seen[-1])

        kinds = {kind: [one for one in group if not one.hangs] for kind, group in BY_KIND.items()}
        found = grade_all(kinds, grade)
    print(table(found))
    print(f"\nJudging takes {_time(seen):.1f} ms each, names included.")
    for one in found if options.list else ():
        if not (one.is_named and one.is_right):
            print(f"{one.wrong.name} ({one.task}): {'+'.join(sorted(one.slugs)) or 'not named'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
