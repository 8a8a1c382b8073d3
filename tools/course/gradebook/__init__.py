"""The gradebook: observations, verdicts and runs of a class in one SQLite file."""

from tools.course.gradebook.book import Gradebook, expect_gradebook
from tools.course.gradebook.records import Graded, RunRecord, StoredSubmission

__all__ = ["Gradebook", "Graded", "RunRecord", "StoredSubmission", "expect_gradebook"]
