"""Fingerprints of one student's files, by kind, with the places where they were found."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Iterator, Mapping, Set

from tools.course.similar.report import Sources
from tools.course.similar.text import code_fingerprints, tokens, word_fingerprints
from tools.course.similar.values import value_fingerprints
from tools.course.student_code import parse_code, without_magics

KINDS = ("values", "code", "words")
MAX_FILES = 20  # of one student, without those of the release that are unchanged
LIBRARY_NAMES = """dot exp log sum max maximum mean argmax arange reshape zeros zeros_like newaxis
T shape random choice copy eye where"""

Place = tuple[str, int]  # file and line
Fingerprints = Mapping[str, Mapping[int, list[Place]]]  # kind, hash, places
Known = Mapping[str, Set[str]]  # file, names; ANY for files that the release does not have
ANY = ""


def known_names(given: Sources) -> Known:
    """Return the names that are not a student's choice in each file: those of the release's file.

    In a file that the release does not have, all its names are known.
    """
    return {file: _names([text]) for file, text in given.items()} | {ANY: _names(given.values())}


def _names(texts: Iterable[str]) -> Set[str]:
    release = {t.text for text in texts for t in tokens(text) if t.kind == "name"}
    return release | set(dir(builtins)) | set(keyword.kwlist) | set(LIBRARY_NAMES.split())


def fingerprints(sources: Sources, known: Known, given: Sources) -> Fingerprints:
    """Return the fingerprints of what a student changed; what is too long is cut off."""
    found: dict[str, dict[int, list[Place]]] = {kind: {} for kind in KINDS}
    changed = [(file, text) for file, text in sorted(sources.items()) if text != given.get(file)]
    for file, text in changed[:MAX_FILES]:
        for kind, marks in _of_file(without_magics(text), known.get(file, known[ANY])):
            for mark, line in marks:
                found[kind].setdefault(mark, []).append((file, line))
    return found


def _of_file(source: str, known: Set[str]) -> Iterator[tuple[str, Iterator[tuple[int, int]]]]:
    words = tokens(source)
    yield "code", code_fingerprints(words, known)
    yield "words", word_fingerprints(words)
    tree = parse_code(source)
    if tree:
        yield "values", value_fingerprints(tree)
