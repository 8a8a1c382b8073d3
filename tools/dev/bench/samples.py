"""The submissions that everything is measured with: right ones and catalogued mistakes."""

from __future__ import annotations

from pathlib import Path

from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.submissions import text_with
from grader.lab.reference import SOLUTIONS

REFERENCE = SOLUTIONS / "cattern" / "neural_net.py"


def sample_texts(count: int) -> list[str]:
    """`count` texts of neural_net.py: a fifth is right, the rest spread over the catalogue."""
    mistakes = [mistake for task in CATALOGUE.values() for mistake in task]
    right = max(1, count // 5)
    wrong = [
        text_with(mistakes[at * len(mistakes) // count % len(mistakes)]) for at in range(count)
    ]
    return [REFERENCE.read_text(encoding="utf-8")] * right + wrong[right:]


def write_submissions(folder: Path, texts: list[str]) -> Path:
    """Each text as a submission of its own in a folder."""
    for at, text in enumerate(texts):
        package = folder / f"student{at:03}" / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(text, encoding="utf-8")
    return folder
