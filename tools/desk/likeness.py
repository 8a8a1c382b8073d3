"""Finds similar work in the background, and keeps what it found in a file of OUT."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from tools.common.atomic_write import write_atomic
from tools.course.batch.settings import kit_version
from tools.course.gradebook.book import Gradebook
from tools.desk.classroom import Classroom
from tools.desk.job import Job

FILE = "similar.json"  # a SimilarityReport, with `texts` of earlier years


class Searches:
    """The search for the class as it is now; what was found stays in OUT/similar.json."""

    def __init__(self, out: Path) -> None:
        self._out, self._lock = out, Lock()
        self.restart(_kept(out).get("archives", ()))

    def restart(self, archives: Sequence[str]) -> None:
        """Search again, also in these earlier years, when the page is opened next."""
        self._key, self.archives = "", archives  # paths

    def current(self, room: Classroom) -> Job:
        """The search for these submissions; it begins if nothing is known of them yet."""
        files = [(folder, work[1].sha256) for folder, work in sorted(room.work.items())]
        known = json.dumps([kit_version(), files, list(self.archives)])
        key = hashlib.sha256(known.encode()).hexdigest()
        with self._lock:
            if key != self._key:
                kept = _kept(self._out)
                self._key, self._job = key, Job("Reading submissions", len(files), 0)
                if kept.get("of") == key:
                    self._job.result = kept
                else:
                    self._job.start(_find, self._out, key, list(self.archives))
            return self._job


def _kept(out: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads((out / FILE).read_text(encoding="utf-8"))
        if isinstance(kept, dict):
            return kept
    return {}


def _find(count: Callable[[int], None], out: Path, key: str, archives: list[str]) -> dict[str, Any]:
    # Only this process needs it.
    from tools.course.similar import find_similar, given_sources, read_class

    with Gradebook(out, write=False) as book:
        students, earlier = read_class(book, map(Path, archives))
    report = find_similar(
        students,
        given=given_sources(),
        archive=earlier,
        on_read=lambda done, total: count(done),
    )
    texts = {one.second: dict(earlier[one.second]) for one in report.pairs if one.archived}
    found = {"of": key, "archives": archives, **asdict(report), "texts": texts}
    write_atomic(out / FILE, json.dumps(found).encode())
    return found
