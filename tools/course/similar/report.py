"""What is reported of similar work; it names what two students share and accuses nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Sources = Mapping[str, str]  # path of a .py file or notebook to its code as text


@dataclass(frozen=True)
class Region:
    """Lines of one file, first and last included, counted from 1."""

    file: str
    first_line: int
    last_line: int


@dataclass(frozen=True)
class Match:
    """Regions of both students that share rare work; `weight` orders the matches of a pair.

    `lines` are the shared lines, each as (first student's, second student's). `submissions` counts
    the submissions in which a typical shared part of these regions occurs.
    """

    first: Region
    second: Region
    weight: float
    submissions: int
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class LikenessEvidence:
    """How one kind of evidence stands out.

    `kind` is "values" (what the code computes), "code" (how it is written) or "words" (names,
    numbers and comments). `deviation` counts standard deviations above what each of the two
    shares with others, `shared` the fingerprints in common.
    """

    kind: str
    deviation: float
    shared: int


@dataclass(frozen=True)
class SimilarPair:
    """Two students whose work is more alike than the class explains.

    `score` counts standard deviations above the pairs that each of the two forms with others.
    `rarity` is the share of all submissions, from 0 to 1, in which a typical shared part occurs.
    `archived` says that `second` is from an earlier year.
    """

    first: str
    second: str
    archived: bool
    score: float
    rarity: float
    evidence: tuple[LikenessEvidence, ...]
    matches: tuple[Match, ...]
    sentence: str


@dataclass(frozen=True)
class SimilarityReport:
    """Similar pairs, the most similar first, out of a number of submissions.

    `left_out` counts pairs above the threshold that are beyond the limit. `note` says why there
    are no pairs if we cannot tell.
    """

    pairs: tuple[SimilarPair, ...]
    submissions: int
    left_out: int = 0
    note: str = ""
