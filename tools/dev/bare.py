"""A submission's questions asked in this very process: no sandbox, no frames, no judge.

For measuring, and for code of our own alone.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader.engine.question import Question, Questions
from grader.lab.guest import __file__ as _lab_guest
from grader.sandbox.guest import __file__ as _guest
from grader.submission.files import find_files
from grader.submission.program import program_of
from grader.submission.submission import Submission
from grader.two_layer_net import LAB


def harness_module() -> ModuleType:
    """The child's own code; its modules find each other by plain names."""
    folders = [str(Path(file).parent) for file in (_lab_guest, _guest)]
    sys.path[:0] = folders
    try:
        import harness
    finally:
        del sys.path[: len(folders)]
    return harness


def loaded(submission: Submission, images: Mapping[str, np.ndarray]) -> Any:
    """A submission's code, imported: what answers its questions.

    Raises
    ------
    ValueError
        If it cannot be imported.
    """
    respondent = harness_module().Harness(images)
    reply = respondent.load(
        *program_of(find_files(submission, LAB.submission), LAB.submission).message(0, [])
    )
    if reply["ended"] != "finished":
        raise ValueError(reply["error"])
    return respondent


class InProcess:
    """Asks one submission after the other the same questions, and says how long that took."""

    def __init__(
        self, questions: Questions, public: Mapping[str, np.ndarray] | None = None
    ) -> None:
        _, self._images = harness_module().prepare({}, public or {})
        self._asked = [(one.header, _inputs_of(one, questions)) for one in questions.questions]

    def answer_s(self, text: str, best_net: bytes | None = None) -> float:
        """CPU seconds of importing a neural_net.py and asking it everything."""
        files = {"cattern/neural_net.py": text.encode()}
        if best_net is not None:
            files["best_net.npz"] = best_net
        with as_it_was(), quiet():
            began = time.process_time()
            respondent = loaded(Submission("bare", "bare", files), self._images)
            for question, inputs in self._asked:
                respondent.answer(question, inputs)
            return time.process_time() - began


def _inputs_of(question: Question, questions: Questions) -> dict[str, np.ndarray]:
    """The arrays a question comes with; the trainings on images have none."""
    return dict(questions.cases[question.case].arrays) if question.case else {}


@contextmanager
def as_it_was() -> Iterator[None]:
    """Take back what importing a submission leaves in a process."""
    finders, modules, main = list(sys.meta_path), set(sys.modules), sys.modules["__main__"]
    try:
        yield
    finally:
        sys.meta_path[:] = finders
        sys.modules["__main__"] = main
        for name in set(sys.modules) - modules:
            del sys.modules[name]


@contextmanager
def quiet() -> Iterator[None]:
    """Show neither what a submission prints nor its warnings."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
