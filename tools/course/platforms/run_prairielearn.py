"""What the grader's `run.sh` calls: `python -m tools.course.platforms.run_prairielearn GRADE DATA`.

GRADE is `/grade`, or any folder laid out like it. PrairieLearn throws the result away when the
exit code is not 0: that is how a failure of the kit stays no score, and uses up no attempt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from grader.errors import KitError, NnlabError, SubmissionError
from tools.common.atomic_write import write_atomic
from tools.common.numbers import to_small_json
from tools.course.export.prairielearn import not_gradable, results
from tools.course.export.student_grade import UNGRADABLE
from tools.course.platforms.grade_one import Grading, by_command, grade_one


def run(base: Path, grading: Grading) -> int:
    """Grade BASE/student into BASE/results/results.json and give the exit code."""
    try:
        result = _result(base / "student", grading)
        write_atomic(base / "results" / "results.json", to_small_json(result))
    except NnlabError as error:
        print(f"The grader failed, not the submission: {error}", file=sys.stderr)
        return 1
    return 0


def _result(submission: Path, grading: Grading) -> dict[str, Any]:
    try:
        grade = grade_one(submission, grading)
    except SubmissionError as error:
        return not_gradable([str(error)])
    if grade.report.status == UNGRADABLE:
        return not_gradable(list(grade.report.flags))
    if not grade.final:
        raise KitError(f"part of it could not be graded: {'; '.join(grade.report.flags)}")
    return results(grade)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]).resolve(), by_command(sys.argv[2])))
