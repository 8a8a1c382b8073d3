"""Similar work: which submissions share more rare work than the class explains."""

from tools.course.similar.find import THRESHOLD, find_similar
from tools.course.similar.report import (
    LikenessEvidence,
    Match,
    Region,
    SimilarityReport,
    SimilarPair,
    Sources,
)
from tools.course.similar.sources import (
    given_sources,
    read_class,
    similar_in,
    sources_of,
)

__all__ = [
    "THRESHOLD",
    "LikenessEvidence",
    "Match",
    "Region",
    "SimilarPair",
    "SimilarityReport",
    "Sources",
    "find_similar",
    "given_sources",
    "read_class",
    "similar_in",
    "sources_of",
]
