"""The markers around a solution: eight tasks, two words, one spelling.

    # BEGIN SOLUTION T#5
    # END SOLUTION T#5

Whatever merely resembles one is an error of the author, never text that passes: a marker that
is not understood is a solution handed out.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from grader.lab.tasks import TASK_NAMES

BEGIN, END = "BEGIN", "END"
_MARKER = re.compile(r"( *)# (BEGIN|END) SOLUTION (T#[0-9]{1,3})")
_ALL = tuple(f"# {word} SOLUTION {task}" for task in TASK_NAMES for word in (BEGIN, END))

# What a verb may be off by and still be meant: "END" is so short that ordinary words are near.
_PHRASES = (("beginsolution", 2), ("endsolution", 1))
# Half a marker, as a whole comment: two of verb, "solution" and task, or "solution" alone.
_HALF = re.compile(r"(begin|start|end|stop)?( ?solutions?)?( ?t ?[0-9]{1,3})?")
# Capital letters of other scripts that look like those of the markers, and digits that do.
_OTHER_SCRIPTS = str.maketrans("ВΒЕΕԌІΙΝЅОΟՍТΤԼ", "BBEEGIINSOOUTTL")
_DIGITS = str.maketrans("015", "ois")


@dataclass(frozen=True)
class Marker:
    """One marker, exactly spelled; whether its task exists is for the parser to say."""

    word: str  # BEGIN or END
    task: str  # "T#5"
    indent: int  # spaces before it


def read_marker(line: str) -> Marker | None:
    """The marker that this line is, or None."""
    match = _MARKER.fullmatch(line)
    return Marker(match[2], match[3], len(match[1])) if match else None


def resembles_marker(text: str, comment: bool = False) -> bool:
    """Whether a line looks as if a marker was meant: other case, signs, spacing, letters.

    A `comment` is also looked at for half a marker, such as "END T#5"; in prose that would forbid
    ordinary sentences.
    """
    words = re.findall(r"[^\W_]+", _fold(text))
    return _holds_phrase(words) or (comment and _is_half_marker(words))


def nearest_marker(text: str) -> str:
    """The valid marker that is most like the text."""
    wanted = difflib.SequenceMatcher(b=_fold(text))

    def likeness(marker: str) -> float:
        wanted.set_seq1(_fold(marker))
        return wanted.ratio()

    return max(_ALL, key=likeness)


def nearest_task(task: str) -> str:
    """The task whose number is closest."""
    number = int(task.removeprefix("T#"))
    return min(TASK_NAMES, key=lambda name: abs(int(name.removeprefix("T#")) - number))


def _fold(text: str) -> str:
    """Lower case without accents, invisible characters, full width or letters that only look so."""
    if text.isascii():
        return text.lower()
    wide = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in wide if unicodedata.category(c) not in ("Mn", "Cf"))
    return seen.upper().translate(_OTHER_SCRIPTS).casefold()


def _holds_phrase(words: list[str]) -> bool:
    letters = "".join(words).translate(_DIGITS)
    start = 0
    for word in words:
        if word != "and":  # one letter from "end", and a word that stands before "solution"
            for phrase, slack in _PHRASES:
                window = letters[start : start + len(phrase) + slack]
                if _may_hold(phrase, window, slack) and _distance(phrase, window) <= slack:
                    return True
        start += len(word)
    return False


def _may_hold(phrase: str, window: str, slack: int) -> bool:
    """A quick look, since nearly every line of every file is none: are the letters there?"""
    if len(set(phrase) - set(window)) > slack:
        return False
    return (Counter(phrase) - Counter(window)).total() <= slack


def _is_half_marker(words: list[str]) -> bool:
    match = _HALF.fullmatch(" ".join(words))
    return match is not None and (match[2] is not None or None not in (match[1], match[3]))


def _distance(phrase: str, window: str) -> int:
    """Least number of letters wrong, missing, added or swapped from the phrase to a window's start.

    The usual table of edit distances with transpositions; the best of its last row, because the
    window may go on after the phrase.
    """
    before: list[int] = []
    row = list(range(len(window) + 1))
    for i, letter in enumerate(phrase, 1):
        after = [i]
        for j, other in enumerate(window, 1):
            cost = min(row[j - 1] + (letter != other), row[j] + 1, after[j - 1] + 1)
            if i > 1 and j > 1 and letter == window[j - 2] and phrase[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        before, row = row, after
    return min(row)
