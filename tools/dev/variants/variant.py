"""A right submission that is written otherwise than the reference."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from grader.lab.mistakes.submissions import submission_of
from grader.submission.submission import Submission
from solutions.cattern import neural_net

REFERENCE = Path(neural_net.__file__).read_text()


@dataclass(frozen=True)
class Variant:
    """One way to write the lab.

    It fills blocks of the reference with other code; `before` stands between the imports and the
    class, `inside` after the methods.
    """

    name: str
    blocks: dict[str, str] = field(default_factory=dict)  # task -> code
    before: str = ""
    inside: str = ""
    swaps: tuple[tuple[str, str], ...] = ()  # other places of the file
    files: dict[str, str] = field(default_factory=dict)  # beside neural_net.py
    loses: frozenset[str] = frozenset()  # tasks with a mild loss, for a deviation
    sentence: str | None = None  # key of the deviation's sentence

    @property
    def text(self) -> str:
        """The whole `neural_net.py`."""
        text = REFERENCE
        for task, code in self.blocks.items():
            text = _with_block(text, task, code)
        for old, new in self.swaps:
            assert text.count(old) == 1, f"{self.name}: {old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        head, tail = text.split("\nclass TwoLayerNet:", 1)
        inside = textwrap.indent(textwrap.dedent(self.inside), "    ")
        return f"{head}\n{textwrap.dedent(self.before)}\nclass TwoLayerNet:{tail}{inside}"

    @property
    def submission(self) -> Submission:
        """The same, handed in."""
        files = {f"cattern/{name}": text.encode() for name, text in self.files.items()}
        main = submission_of(self.text, self.name)
        return Submission(self.name, self.name, {**main.files, **files})


def _with_block(text: str, task: str, code: str) -> str:
    """The text with another solution of one task, at the depth of the old one."""
    pattern = re.compile(
        rf"^( *)# BEGIN SOLUTION {task}\n.*?# END SOLUTION {task}\n", re.DOTALL | re.MULTILINE
    )
    found = pattern.search(text)
    assert found is not None, task
    block = textwrap.indent(textwrap.dedent(code).strip("\n") + "\n", found[1])
    return text[: found.start()] + block + text[found.end() :]
