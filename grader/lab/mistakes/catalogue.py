"""All mistakes, read from the TOML files of this folder.

A table `[stage.slug]` is a mistake of a stage; `edit` lists old and new text in turn. A table
`[seen.slug]` has no stage: code recognizes it, and fills the places in its text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.lab.mistakes.mistake import Edits, Mistake

_FILES = {
    "T#5": "t05_scores",
    "T#6": "t06_loss",
    "T#7": "t07_gradients",
    "T#8": "t08_minibatch",
    "T#9": "t09_step",
    "T#10": "t10_decay",
    "T#11": "t11_predict",
    "": "errors",
}


def read_mistakes(text: str, task: str) -> Iterator[Mistake]:
    """The mistakes of one file, in its order."""
    for stage, tables in tomllib.loads(text).items():
        for slug, table in tables.items():
            yield _mistake(slug, task, "" if stage == "seen" else stage, dict(table))


def _mistake(slug: str, task: str, stage: str, table: dict[str, Any]) -> Mistake:
    edits, carried = _pairs(table.pop("edit", [])), _pairs(table.pop("carried", []))
    return Mistake(slug, task, stage=stage, edits=edits, carried=carried, **table)


def _pairs(texts: list[str]) -> Edits:
    lines = [text.replace("\\n", "\n") for text in texts]  # literal strings keep their backslashes
    return tuple(zip(lines[::2], lines[1::2], strict=True))


def _read(task: str, file: str) -> tuple[Mistake, ...]:
    path = Path(__file__).with_name(f"{file}.toml")
    return tuple(read_mistakes(path.read_text(encoding="utf-8"), task))


EVERYTHING: Mapping[str, tuple[Mistake, ...]] = {
    task: _read(task, file) for task, file in _FILES.items()
}
# Those that are edits of right code, by task.
CATALOGUE: Mapping[str, tuple[Mistake, ...]] = {
    task: tuple(one for one in mistakes if one.edits)
    for task, mistakes in EVERYTHING.items()
    if task
}
BY_SLUG: Mapping[str, Mistake] = {
    one.slug: one for mistakes in EVERYTHING.values() for one in mistakes
}
