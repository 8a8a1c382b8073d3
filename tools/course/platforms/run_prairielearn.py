"""What the grader's `run.sh` calls: `python -m tools.course.platforms.run_prairielearn GRADE DATA`.

GRADE is `/grade`, or any folder laid out like it. PrairieLearn throws the result away when the
exit code is not 0: that is how a failure of the kit stays no score, and uses up no attempt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from grader.errors import KitError, NnlabError, SubmissionError
from tools.common.numbers import to_small_json
from tools.course.export.grade import UNGRADABLE
from tools.course.export.prairielearn import not_gradable, results
from tools.course.platforms.grade_one import Grading, by_command, grade_one


def run(base: Path, grading: Grading) -> int:
    """Grade BASE/student into BASE/results/results.json and give the exit code."""
    try:
        result = _result(base / "student", grading)
        target = base / "results" / "results.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_suffix(".new")
        new.write_bytes(to_small_json(result))
        new.replace(target)
    except NnlabError as error:
        print(f"The grader failed, not the submission: {error}", file=sys.stderr)
        return 1
    return 0


def _result(submission: Path, grading: Grading) -> dict[str, Any]:
    try:
        grade = grade_one(submission, grading)
    except SubmissionError as error:
        return not_gradable([str(error)])
    if grade.status == UNGRADABLE:
        return not_gradable(list(grade.flags))
    if not grade.final:
        raise KitError(f"part of it could not be graded: {'; '.join(grade.flags)}")
    return results(grade)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]).resolve(), by_command(sys.argv[2])))
