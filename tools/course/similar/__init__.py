"""Similar work: which submissions share more rare work than the class explains."""

from tools.course.similar.find import THRESHOLD, find_similar
from tools.course.similar.report import (
    Evidence,
    Match,
    Region,
    SimilarityReport,
    SimilarPair,
    Sources,
)

__all__ = [
    "THRESHOLD",
    "Evidence",
    "Match",
    "Region",
    "SimilarPair",
    "SimilarityReport",
    "Sources",
    "find_similar",
]
