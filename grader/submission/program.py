"""A submission's modules as they are imported inside the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.submission.files import SubmissionFiles
from grader.submission.format import SubmissionFormat
from grader.submission.source import decode_source

NO_PATH = ""  # of source that is not the student's: no line of it is shown


@dataclass(frozen=True)
class Program:
    """What is imported, and how; `saved` holds the bytes of the saved file."""

    modules: tuple[tuple[str, str, str], ...]  # name, path, text
    saved: bytes | None
    main: str  # name of the module that holds the class
    class_name: str
    stand_in: str  # source of a class for a submission whose own cannot be imported
    rescue: bool = False

    @property
    def has_main(self) -> bool:
        """Whether the class is the student's own."""
        return (self.main, NO_PATH, self.stand_in) not in self.modules

    def without_main(self) -> Program:
        """The same with a class that does nothing instead of the student's."""
        others = tuple(one for one in self.modules if one[0] != self.main)
        return replace(self, modules=(*others, (self.main, NO_PATH, self.stand_in)))

    def message(
        self, seed: int, rounds: list[list[str]]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The frame that asks for it, and for the answers to the rounds of questions."""
        header = {
            "modules": [{"name": name, "path": path} for name, path, _ in self.modules],
            "main": self.main,
            "class": self.class_name,
            "rescue": self.rescue,
            "seed": seed % 2**32,
            "rounds": rounds,
        }
        arrays = {
            f"source/{at}": np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
            for at, (_, _, text) in enumerate(self.modules)
        }
        if self.saved is not None:
            arrays["saved"] = np.frombuffer(self.saved, np.uint8)
        return header, arrays


def program_of(files: SubmissionFiles, form: SubmissionFormat) -> Program:
    """The modules a submission is made of, with what it may take for granted."""
    own = {name: (path, decode_source(data)) for name, (path, data) in files.modules.items()}
    if files.source is None:
        own[form.main] = (NO_PATH, form.stand_in)
    else:
        path, content = files.source
        own[form.main] = (path, decode_source(content))
    texts = [text for _, text in own.values()]
    given = (where for word, where in form.given.items() if any(word in text for text in texts))
    modules = {name: file for where in given for name, file in _read_given(*where).items()} | own
    return Program(
        tuple((name, *module) for name, module in modules.items()),
        files.saved[1] if files.saved else None,
        form.main,
        form.class_name,
        form.stand_in,
    )


@cache
def _read_given(root: Path, patterns: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Modules of the release: name -> (path, text)."""
    found = {}
    for file in sorted(path for pattern in patterns for path in root.glob(pattern)):
        path = file.relative_to(root).as_posix()
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found[name] = (path, file.read_text(encoding="utf-8"))
    return found
