"""Text fingerprints of Python code: runs of tokens, and the words that a person chose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import NamedTuple

from tools.course.similar.terms import text_hash

SHINGLE = 7  # tokens in one run
WORDS = 3  # words of a comment that count together

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[rbfuRBFU]{0,2}(?:\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>\*\*=?|//=?|[-+*/%@<>=!&|^]=|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"\w+")


class Token(NamedTuple):
    """A token with its kind and line."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> list[Token]:
    """Return the tokens of a source, also of one that does not parse."""
    found, line, position = [], 1, 0
    for match in _TOKEN.finditer(source):
        line += source.count("\n", position, match.start())
        position = match.start()
        found.append(Token(match.lastgroup or "", match.group(), line))
    return found


def code_fingerprints(source: list[Token], known: Set[str]) -> Iterator[tuple[int, int]]:
    """Yield (fingerprint, line) of each run of tokens; names that are not known count as one."""
    code = [t for t in source if t.kind not in ("comment", "string")]
    texts = [t.text if t.kind != "name" or t.text in known else "name" for t in code]
    for i in range(len(code) - SHINGLE + 1):
        yield text_hash("\x00".join(texts[i : i + SHINGLE])), code[i + SHINGLE // 2].line


def word_fingerprints(source: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield (fingerprint, line) of each name and number, and of words in comments and strings."""
    for token in source:
        if token.kind in ("name", "number"):
            yield text_hash("w:" + token.text), token.line
        elif token.kind in ("comment", "string"):
            words = _WORD.findall(token.text.lower())
            for i in range(max(len(words) - WORDS, 0) + bool(words)):
                yield text_hash("c:" + " ".join(words[i : i + WORDS])), token.line
