"""Find pairs of students whose work is more alike than the class explains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tools.common.plural import plural
from tools.course.similar.fingerprints import (
    KINDS,
    Fingerprints,
    Place,
    fingerprints,
    known_names,
)
from tools.course.similar.report import (
    LikenessEvidence,
    Match,
    Region,
    SimilarityReport,
    SimilarPair,
    Sources,
)
from tools.course.similar.scores import PairScores, score_pairs, weight

THRESHOLD = 5.5  # standard deviations; under 1 % of independent pairs reach it
LIMIT = 500  # pairs; more than a person can look at
SMALLEST_CLASS = 8  # with fewer submissions nobody knows what is common
RARE = 0.1  # share of the submissions up to which a part is told as rare
MAX_MATCHES = 6  # of one pair
GAP = 3  # lines between two parts of one region
STANDS_OUT = 1.0  # standard deviations from which a kind of evidence is named
NOUNS = {  # one, many
    "values": ("rare value", "rare values"),
    "code": ("rare code sequence", "rare code sequences"),
    "words": ("rare word", "rare words"),
}


def find_similar(
    students: Mapping[str, Sources],
    *,
    given: Sources,
    archive: Mapping[str, Sources] | None = None,
    threshold: float = THRESHOLD,
    limit: int = LIMIT,
    on_read: Callable[[int, int], None] = lambda done, total: None,
) -> SimilarityReport:
    """Return the pairs of students that share more rare work than others do.

    Parameters
    ----------
    students : mapping of name to sources
        Each student's files and notebooks. They are parsed, never run.
    given : sources
        The files of the release, which do not count.
    archive : mapping of name to sources, optional
        Submissions of earlier years, under other names. They are compared with students, not with
        one another.
    threshold : float
        Lowest score to report, in standard deviations.
    limit : int
        Most pairs to report.
    on_read : callable
        Told how many submissions are read, and of how many.
    """
    entries = [*sorted(students.items()), *sorted((archive or {}).items())]
    names = [name for name, _ in entries]
    if len(names) < SMALLEST_CLASS:
        note = f"{plural(len(names), 'submission', ('is', 'are'))} too few to know what is common."
        return SimilarityReport((), len(names), note=note)
    known = known_names(given)
    marks = []
    for _, text in entries:
        marks.append(fingerprints(text, known, given))
        on_read(len(marks), len(entries))
    scores = score_pairs(marks, fingerprints(given, known, {}))
    found = [
        (i, j)
        for i, j in np.argwhere(np.triu(scores.score >= threshold, 1)).tolist()
        if i < len(students)
    ]
    found.sort(key=lambda pair: -scores.score[*pair])
    pairs = [
        _pair(i, j, names, marks, scores, archived=j >= len(students)) for i, j in found[:limit]
    ]
    return SimilarityReport(tuple(pairs), len(names), left_out=len(found) - len(pairs))


def _pair(
    i: int,
    j: int,
    names: Sequence[str],
    marks: Sequence[Fingerprints],
    scores: PairScores,
    *,
    archived: bool,
) -> SimilarPair:
    n = len(names)
    shared = {kind: _rare(marks[i], marks[j], scores, kind, n) for kind in KINDS}
    evidence = [
        LikenessEvidence(k, float(scores.deviations[k][i, j]), len(shared[k])) for k in KINDS
    ]
    told = sorted(
        (e for e in evidence if e.deviation >= STANDS_OUT and e.shared), key=lambda e: -e.deviation
    )
    counts = [count for e in told for count in shared[e.kind].values()]
    typical = float(np.median(counts)) if counts else float(n)
    return SimilarPair(
        first=names[i],
        second=names[j],
        archived=archived,
        score=float(scores.score[i, j]),
        rarity=typical / n,
        evidence=tuple(told),
        matches=_matches(marks[i], marks[j], {e.kind: shared[e.kind] for e in told}, n),
        sentence=_sentence(f"{names[i]} and {names[j]}", told, typical, n),
    )


def _sentence(who: str, told: Sequence[LikenessEvidence], typical: float, n: int) -> str:
    if not told:
        return f"{who} share an unusual combination of parts that are each common in the class."
    parts = ", ".join(f"{e.shared} {NOUNS[e.kind][e.shared > 1]}" for e in told)
    return f"{who} share {parts}; a typical one occurs in {typical:.0f} of {n} submissions."


def _rare(
    first: Fingerprints, second: Fingerprints, scores: PairScores, kind: str, n: int
) -> dict[int, int]:
    """Return the rare marks that two submissions share, and how many submissions have each."""
    counts = scores.counts[kind]
    common = first[kind].keys() & second[kind].keys() & counts.keys()
    return {m: counts[m] for m in common if counts[m] <= max(RARE * n, 2)}


def _matches(
    first: Fingerprints, second: Fingerprints, shared: Mapping[str, Mapping[int, int]], n: int
) -> tuple[Match, ...]:
    """Return the regions that hold the shared marks, the heaviest first."""
    places: dict[tuple[Place, Place], list[int]] = {}
    for kind, counts in shared.items():
        for mark, count in counts.items():
            places.setdefault((first[kind][mark][0], second[kind][mark][0]), []).append(count)
    groups: list[list[tuple[Place, Place]]] = []
    for pair in sorted(places):
        near = next((group for group in groups if _touches(group, pair)), None)
        near.append(pair) if near else groups.append([pair])
    matches = (_match(group, [c for pair in group for c in places[pair]], n) for group in groups)
    return tuple(sorted(matches, key=lambda m: -m.weight)[:MAX_MATCHES])


def _touches(group: Sequence[tuple[Place, Place]], pair: tuple[Place, Place]) -> bool:
    """Tell whether two places are next to a group, each on its own side."""
    return all(
        file == group[0][side][0]
        and min(each[side][1] for each in group) - GAP <= line
        and line <= max(each[side][1] for each in group) + GAP
        for side, (file, line) in enumerate(pair)
    )


def _match(group: Sequence[tuple[Place, Place]], counts: Sequence[int], n: int) -> Match:
    first, second = (
        Region(group[0][side][0], min(lines), max(lines))
        for side in (0, 1)
        for lines in [[pair[side][1] for pair in group]]
    )
    lines = tuple((one[1], other[1]) for one, other in group)
    total = sum(weight(count, n) for count in counts)
    return Match(first, second, total, round(np.median(counts)), lines)
