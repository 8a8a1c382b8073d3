"""nbgrader: a course with one assignment, `nbgrader autograde` for each student."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.dev.bench.cost import Cost, run
from tools.dev.bench.peers.environments import on_path, python_of
from tools.dev.bench.peers.peer import CHECK_NAMES, CHECKS_FILE, NO_FILES, Peer, notebook
from tools.dev.bench.samples import REFERENCE

ASSIGNMENT = "lab"


class Nbgrader(Peer):
    """One command for each submission, as an instructor without a cluster has it."""

    name = "nbgrader autograde"
    environment = "nbgrader"

    def prepare(self) -> None:
        self.command = str(python_of("nbgrader").with_name("nbgrader"))
        source = self.folder / "source" / ASSIGNMENT
        source.mkdir(parents=True)
        shutil.copy(CHECKS_FILE, source / "toy_checks.py")
        self._write(source / "lab.ipynb", REFERENCE.read_text(encoding="utf-8"))
        made = self.generate()
        if made.status != 0:
            raise RuntimeError(f"nbgrader could not make the assignment:\n{made.output[-2000:]}")

    def generate(self) -> Cost:
        """What an instructor does to release the assignment."""
        command = [self.command, "generate_assignment", ASSIGNMENT, "--force"]
        return run(command, cwd=self.folder, env=on_path("nbgrader"))

    def grade(
        self,
        student: str,
        text: str,
        *,
        timeout_s: float,
        memory_mb: int | None = None,
        files: Mapping[str, str] = NO_FILES,
    ) -> Cost:
        handed_in = self.folder / "submitted" / student / ASSIGNMENT
        handed_in.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKS_FILE, handed_in / "toy_checks.py")
        self._write(handed_in / "lab.ipynb", text)
        for name, content in files.items():
            (handed_in / name).write_text(content, encoding="utf-8")
        command = [self.command, "autograde", ASSIGNMENT, f"--student={student}", "--force"]
        return run(
            command,
            cwd=self.folder,
            timeout_s=timeout_s,
            memory_mb=memory_mb,
            env=on_path("nbgrader"),
        )

    def passed(self, student: str) -> set[str] | None:
        if not (self.folder / "autograded" / student / ASSIGNMENT / "lab.ipynb").exists():
            return None
        query = """
            SELECT base_cell.name FROM grade
            JOIN base_cell ON base_cell.id = grade.cell_id
            JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
            JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
            WHERE submitted_assignment.student_id = ? AND grade.auto_score > 0
        """
        with sqlite3.connect(self.folder / "gradebook.db") as database:
            return {name for (name,) in database.execute(query, (student,))} & set(CHECK_NAMES)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        solution = {
            "nbgrader": {
                "grade": False,
                "grade_id": "solution",
                "locked": False,
                "schema_version": 3,
                "solution": True,
                "task": False,
            }
        }
        tests = [
            (f"import toy_checks\ntoy_checks.{name}(TwoLayerNet)", _graded(name))
            for name in CHECK_NAMES
        ]
        path.write_text(json.dumps(notebook((text, solution), *tests)), encoding="utf-8")


def _graded(name: str) -> dict[str, Any]:
    return {
        "nbgrader": {
            "grade": True,
            "grade_id": name,
            "locked": True,
            "points": 1,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
    }
