"""Reports that say what the gradebook and the files that people edit say now."""

from __future__ import annotations

import os
from pathlib import Path

from tools.common.machine import available_cores
from tools.course.batch.settings import read_rubric
from tools.course.gradebook.book import FILE, Gradebook
from tools.course.imports import files_changed, import_files
from tools.course.report.write import write_reports


def make_current(out: Path) -> None:
    """Import what people edited, and write the reports again if anything changed since.

    A folder that may only be read, or has no gradebook, is left as it is. Who has nothing to
    write need not wait for another process that writes.
    """
    if not ((out / FILE).is_file() and os.access(out, os.W_OK)) or _is_current(out):
        return
    with Gradebook(out, write=True) as book:
        rubric, _ = read_rubric(None, book.latest_run())
        import_files(book, rubric)
        if book.mark("changes") != book.mark("reported"):
            write_reports(out, book, rubric, jobs=available_cores())


def _is_current(out: Path) -> bool:
    with Gradebook(out, write=False) as book:
        return not files_changed(book) and book.mark("changes") == book.mark("reported")
