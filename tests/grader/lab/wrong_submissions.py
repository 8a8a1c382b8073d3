"""Wrong submissions written from the tasks, to test whether the grader names the true cause.

`wrong_submissions.txt` holds the corpus as edits of `fixed_code.FIXED`. Whoever adds one writes
what students do, without looking at the grader's own mistakes. An entry looks like this::

    step-uphill (T#9): The step adds the gradient instead of subtracting it.
    accept: slugs that name this cause correctly
    - self.params[name] -= learning_rate * grads[name]
    + self.params[name] += learning_rate * grads[name]

The text after `-` must occur exactly once in that code; the text after `+` replaces it. Later
lines of an edit count their indentation from the line that the edit starts in. `@ T#9` stands for
the whole block of a task. The line `accept:` may be missing.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tests.grader.lab.fixed_code import FIXED as REFERENCE

Edit = tuple[str, str]

HERE = Path(__file__).resolve().parent
HEAD = re.compile(r"(?P<name>\S+) \((?P<tasks>[T#0-9 ]+)(?P<hangs>, hangs)?\): (?P<cause>.+)\n")
ACCEPT = re.compile(r"accept:(?P<slugs>.*)\n")
EDIT = re.compile(r"(?:@ (?P<task>T#\d+)\n|(?P<old>(?:-.*\n)+))(?P<new>(?:\+.*\n)+)")


@dataclass(frozen=True)
class WrongSubmission:
    """A submission with a known cause of its fault.

    `tasks` lists the tasks whose own code is wrong. A later task may only lose the points that
    follow-through gives back. `accept` lists the slugs that name the cause correctly. A submission
    that `hangs` never returns from its task, so only a sandbox may run it.
    """

    name: str
    tasks: tuple[str, ...]
    cause: str
    edits: tuple[Edit, ...]
    accept: tuple[str, ...] = ()
    hangs: bool = False


def block(task: str, text: str = REFERENCE) -> str:
    """Return the lines of one task between its solution markers, without the outer space."""
    after = text.split(f"# BEGIN SOLUTION {task}\n")[1]
    return after.split(f"# END SOLUTION {task}\n")[0].strip()


def source(wrong: WrongSubmission) -> str:
    """Return the text of the wrong submission; each edit must match exactly once."""
    text = REFERENCE
    for edit in wrong.edits:
        text = _apply(edit, text, wrong.name)
    return text


def _apply(edit: Edit, text: str, name: str) -> str:
    """Replace the old text by the new one, at the indentation of the line that it starts in."""
    old, new = edit
    if old not in text:  # its later lines lack the indentation of the first
        old = _indent_rest(old, _margin(text, old.split("\n")[0]))
    assert text.count(old) == 1, f"{name}: {text.count(old)} matches of {old!r}"
    return text.replace(old, _indent_rest(new, _margin(text, old)))


def _margin(text: str, code: str) -> str:
    """Return the indentation of the line in which the code first occurs."""
    line = text.partition(code)[0].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip(" "))]


def _indent_rest(code: str, margin: str) -> str:
    return textwrap.indent(code, margin).removeprefix(margin)


def _parse(text: str) -> dict[str, tuple[WrongSubmission, ...]]:
    """Return the entries of a corpus under the names of their kinds."""
    sections = re.split(r"^== (.+) ==\n\n", text, flags=re.MULTILINE)[1:]
    kinds, bodies = sections[::2], sections[1::2]
    return {
        kind: tuple(_entry(entry.strip() + "\n") for entry in body.strip().split("\n\n"))
        for kind, body in zip(kinds, bodies, strict=True)
    }


def _entry(text: str) -> WrongSubmission:
    head = HEAD.match(text)
    assert head, f"no heading in {text!r}"
    accept = ACCEPT.match(text, head.end())
    edits = _edits(text[(accept or head).end() :])
    slugs = tuple(accept["slugs"].split()) if accept else ()
    tasks = tuple(head["tasks"].split())
    return WrongSubmission(head["name"], tasks, head["cause"], edits, slugs, bool(head["hangs"]))


def _edits(text: str) -> tuple[Edit, ...]:
    assert EDIT.sub("", text) == "", f"not an edit: {EDIT.sub('', text)!r}"
    return tuple(
        (block(edit["task"]) if edit["task"] else _code(edit["old"]), _code(edit["new"]))
        for edit in EDIT.finditer(text)
    )


def _code(marked: str) -> str:
    """Return lines without their mark, `- ` or `+ `."""
    return "\n".join(line[2:] for line in marked.splitlines())


BY_KIND = _parse((HERE / "wrong_submissions.txt").read_text(encoding="utf-8"))
CORPUS = tuple(wrong for group in BY_KIND.values() for wrong in group)
