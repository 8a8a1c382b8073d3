"""What `run_autograder` calls: `python -m tools.course.platforms.run_gradescope BASE`.

BASE is `/autograder`, or any folder laid out like it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grader.errors import NnlabError, SubmissionError
from tools.common.atomic_write import write_atomic
from tools.common.numbers import to_small_json
from tools.course.export.gradescope import not_finished, nothing_to_grade, results
from tools.course.platforms.grade_one import Grading, by_command, grade_one

SETTINGS = "settings.json"  # in BASE/source: {"data": ..., "hidden_checks": ...}


def run(base: Path, grading: Grading, hidden_checks: str) -> int:
    """Grade BASE/submission into BASE/results/results.json and give the exit code.

    Until grading has finished the file says so. Where the kit itself fails it is taken away:
    Gradescope then reports a failed autograder, which is no score at all.
    """
    target = base / "results" / "results.json"
    write_atomic(target, to_small_json(not_finished()))
    try:
        result = results(grade_one(base / "submission", grading), hidden_checks)
        write_atomic(target, to_small_json(result))
    except SubmissionError as error:
        write_atomic(target, to_small_json(nothing_to_grade(str(error))))
    except NnlabError as error:
        target.unlink(missing_ok=True)
        print(f"The autograder failed, not the submission: {error}", file=sys.stderr)
        return 1
    return 0


def main(base: Path) -> int:
    """Grade with the settings that were packed with the autograder."""
    settings = json.loads((base / "source" / SETTINGS).read_text(encoding="utf-8"))
    return run(base, by_command(settings["data"]), settings["hidden_checks"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
