"""From the gradebook to what people and learning systems read."""

from tools.course.report.build import report_of
from tools.course.report.write import write_reports

__all__ = ["report_of", "write_reports"]
