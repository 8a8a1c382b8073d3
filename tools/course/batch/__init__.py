"""Grading a class: collect, observe on all cores, judge, store, report."""

from tools.course.batch.grade import Outcome, grade
from tools.course.batch.settings import Settings, make_settings

__all__ = ["Outcome", "Settings", "grade", "make_settings"]
