"""Find pairs of students whose work is more alike than the class explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tools.course.similar.fingerprints import (
    KINDS,
    Fingerprints,
    Place,
    fingerprints,
    known_names,
)
from tools.course.similar.report import (
    Evidence,
    Match,
    Region,
    SimilarityReport,
    SimilarPair,
    Sources,
)
from tools.course.similar.scores import Scores, score_pairs, weight

THRESHOLD = 5.5  # standard deviations; under 1 % of independent pairs reach it
LIMIT = 500  # pairs; more than a person can look at
SMALLEST_CLASS = 8  # with fewer submissions nobody knows what is common
RARE = 0.1  # share of the submissions up to which a part is told as rare
MAX_MATCHES = 6  # of one pair
GAP = 3  # lines between two parts of one region
STANDS_OUT = 1.0  # standard deviations from which a kind of evidence is named
NOUNS = {  # one, many
    "values": ("rare value", "rare values"),
    "code": ("rare run of code", "rare runs of code"),
    "words": ("rare word", "rare words"),
}


def find_similar(
    students: Mapping[str, Sources],
    *,
    given: Sources,
    archive: Mapping[str, Sources] | None = None,
    threshold: float = THRESHOLD,
    limit: int = LIMIT,
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
    """
    entries = [*sorted(students.items()), *sorted((archive or {}).items())]
    names = [name for name, _ in entries]
    if len(names) < SMALLEST_CLASS:
        note = f"{len(names)} submissions are too few to know what is common."
        return SimilarityReport((), len(names), note=note)
    known = known_names(given)
    marks = [fingerprints(text, known, given) for _, text in entries]
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
    scores: Scores,
    *,
    archived: bool,
) -> SimilarPair:
    n = len(names)
    shared = {kind: _rare(marks[i], marks[j], scores, kind, n) for kind in KINDS}
    evidence = [Evidence(k, float(scores.deviations[k][i, j]), len(shared[k])) for k in KINDS]
    told = sorted(
        (e for e in evidence if e.deviation >= STANDS_OUT and e.shared), key=lambda e: -e.deviation
    )
    counts = [scores.counts[e.kind][mark] for e in told for mark in shared[e.kind]]
    typical = float(np.median(counts)) if counts else float(n)
    return SimilarPair(
        first=names[i],
        second=names[j],
        archived=archived,
        score=float(scores.score[i, j]),
        rarity=typical / n,
        evidence=tuple(told),
        matches=_matches(marks[i], marks[j], {e.kind: shared[e.kind] for e in told}),
        sentence=_sentence(f"{names[i]} and {names[j]}", told, typical, n),
    )


def _sentence(who: str, told: Sequence[Evidence], typical: float, n: int) -> str:
    if not told:
        return f"{who} share an unusual combination of parts that are each common in the class."
    parts = ", ".join(f"{e.shared} {NOUNS[e.kind][e.shared > 1]}" for e in told)
    return f"{who} share {parts}; a typical one occurs in {typical:.0f} of {n} submissions."


def _rare(
    first: Fingerprints, second: Fingerprints, scores: Scores, kind: str, n: int
) -> dict[int, float]:
    """Return the weights of the rare marks that two submissions share."""
    counts = scores.counts[kind]
    common = first[kind].keys() & second[kind].keys() & counts.keys()
    return {m: weight(counts[m], n) for m in common if counts[m] <= max(RARE * n, 2)}


def _matches(
    first: Fingerprints, second: Fingerprints, shared: Mapping[str, Mapping[int, float]]
) -> tuple[Match, ...]:
    """Return the regions that hold the shared marks, the heaviest first."""
    lines: dict[tuple[Place, Place], float] = {}
    for kind, weights in shared.items():
        for mark, value in weights.items():
            places = first[kind][mark][0], second[kind][mark][0]
            lines[places] = lines.get(places, 0.0) + value
    matches: list[Match] = []
    for (one, other), value in sorted(lines.items()):
        match = Match(Region(*one, one[1]), Region(*other, other[1]), value)
        near = next((m for m in matches if _touch(m.first, one) and _touch(m.second, other)), None)
        if near:
            matches.remove(near)
            match = Match(
                _extended(near.first, one), _extended(near.second, other), near.weight + value
            )
        matches.append(match)
    return tuple(sorted(matches, key=lambda m: -m.weight)[:MAX_MATCHES])


def _touch(region: Region, place: Place) -> bool:
    file, line = place
    return region.file == file and region.first_line - GAP <= line <= region.last_line + GAP


def _extended(region: Region, place: Place) -> Region:
    lines = (region.first_line, region.last_line, place[1])
    return Region(region.file, min(lines), max(lines))
