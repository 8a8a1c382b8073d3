"""What is wanted of a peer: graded submissions one by one, with the checks that passed."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.dev.bench import toy_checks
from tools.dev.bench.cost import Cost

NO_FILES: Mapping[str, str] = {}
CHECKS_FILE = Path(toy_checks.__file__)
CHECK_NAMES = tuple(check.__name__ for check in toy_checks.CHECKS)


class Peer(ABC):
    """One grader in a folder of its own."""

    name: str
    environment: str  # key of `environments.PACKAGES`

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Whatever an instructor does once for an assignment."""

    @abstractmethod
    def grade(
        self,
        student: str,
        text: str,
        *,
        timeout_s: float,
        memory_mb: int | None = None,
        files: Mapping[str, str] = NO_FILES,
    ) -> Cost:
        """Grade one submission as an instructor would; `files` are handed in beside it."""

    def handed_in(self, student: str, text: str, files: Mapping[str, str]) -> Path:
        """A folder with the submission as a module, the checks, and more files beside them."""
        out = self.folder / student
        out.mkdir(exist_ok=True)
        shutil.copy(CHECKS_FILE, out / CHECKS_FILE.name)
        for name, content in {"neural_net.py": text, **files}.items():
            (out / name).write_text(content, encoding="utf-8")
        return out

    @abstractmethod
    def passed(self, student: str) -> set[str] | None:
        """Checks that the grader's own result calls passed; None where it left no result."""


def notebook(*cells: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A notebook of code cells, each with its metadata."""
    made: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell{at}",
            "metadata": metadata,
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for at, (source, metadata) in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": made,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
