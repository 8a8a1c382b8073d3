"""How the digits are written: pen strokes as curves through control points.

A digit has several *forms* (a 7 with or without a bar, a 4 open or closed).
A form is a line of text: points ``x,y`` in hundredths of the digit's height,
x to the right and y down; ``/`` lifts the pen; ``!`` behind a point makes it
a corner, where the stroke turns sharply, instead of a point of a smooth curve.
The curves are Catmull-Rom splines: each passes through all of its points, and
every point on it is a weighted sum of four of them, so that a form becomes a
fixed table of weights, whatever is done to its control points.
"""

import functools
import itertools
import math
import operator
from dataclasses import dataclass

import numpy as np

SAMPLES = 96  # points along a digit: the longest form is 3 heights long, so 0.6 pixels apart

Point = tuple[float, float]

# For each digit its forms, each with how many of a hundred writers prefer it.
FORMS = (
    (  # 0: one turn from the top, closed, overlapping or a little open
        (45, "36,1 13,10 2,45 9,83 32,100 56,86 65,50 57,14 37,1 27,6"),
        (30, "52,8 28,1 7,26 3,64 20,97 47,96 64,66 62,24 44,3 30,5"),
        (25, "40,0 17,18 6,52 11,86 30,99 50,80 58,44 54,12 41,3"),
    ),
    (  # 1: a bare line, with a flag, with flag and foot
        (62, "31,0 31,33 31,67 31,100"),
        (26, "10,24 21,15 33,0! 33,33 33,67 33,100"),
        (12, "8,22 20,13 33,0! 33,33 33,67 33,99 / 8,100 33,99 58,100"),
    ),
    (  # 2: angular, with a loop at the foot, drawn like a z, with a swan's neck
        (36, "6,24 18,4 44,1 58,20 50,46 28,73 3,97! 30,95 64,97"),
        (34, "8,20 24,2 49,3 58,24 46,54 24,86 8,94 5,82 18,77 40,90 66,95"),
        (12, "6,10 30,4 58,8! 42,38 22,70 4,98! 32,94 62,98"),
        (18, "4,30 14,8 38,0 56,15 54,40 34,66 14,88 10,97 32,94 52,98 68,88"),
    ),
    (  # 3: round, with a loop in the middle, with a flat top
        (50, "6,13 28,0 53,10 52,33 26,46! 56,57 61,82 34,100 4,89"),
        (32, "8,14 30,0 53,11 48,33 30,46 22,51 31,48 56,58 60,84 32,100 2,87"),
        (18, "8,4 32,3 58,2! 44,22 29,39! 55,48 62,74 40,98 5,91"),
    ),
    (  # 4: open, closed in one stroke, closed in two, open and round
        (36, "12,2 8,28 4,54! 30,58 66,53 / 52,6 50,50 47,100"),
        (18, "46,100 48,62 53,1! 28,33 3,66! 34,67 67,64"),
        (18, "50,0 26,33 3,63! 34,64 68,61 / 51,2 49,50 46,100"),
        (28, "9,3 3,30 10,51 34,55 55,42 / 58,2 54,44 49,100"),
    ),
    (  # 5: bar apart, in one stroke, round like an s
        (40, "16,3 13,22 10,43! 34,36 58,55 55,85 30,100 4,91 / 16,3 38,3 62,0"),
        (38, "60,2 36,4 17,3! 14,22 11,44! 37,39 60,58 54,88 27,100 2,91"),
        (22, "62,3 38,2 17,13 15,36 37,47 56,62 53,87 28,100 3,90"),
    ),
    (  # 6: with a curved back, a straight back, a curled head
        (45, "46,0 24,17 8,45 4,75 20,98 45,96 57,77 44,58 22,61 7,78"),
        (33, "38,0 22,28 8,60 9,87 28,100 50,90 53,69 35,59 13,75"),
        (22, "58,8 41,0 19,17 5,52 9,87 32,100 57,85 54,62 32,55 10,69"),
    ),
    (  # 7: plain, with a bar, with a hook, round, with hook and bar
        (36, "2,6 30,4 62,2! 47,35 34,66 26,100"),
        (18, "3,6 30,4 62,2! 48,34 36,66 29,100 / 14,53 34,51 57,47"),
        (18, "4,22 5,5! 31,6 62,3! 50,32 36,65 31,100"),
        (18, "3,11 26,3 52,3 57,16 44,44 34,71 30,100"),
        (10, "4,21 6,6! 32,6 62,3! 50,33 38,66 32,100 / 18,54 37,51 59,48"),
    ),
    (  # 8: from the top like an s, as two rings, from the middle
        (45, "54,13 32,0 11,15 23,40 48,59 56,83 30,100 7,83 19,57 45,36 56,13"),
        (20, "33,46 12,30 14,7 34,0 53,11 50,33 32,46! 9,62 9,90 32,100 57,88 54,62 33,46"),
        (35, "42,2 18,7 14,28 34,46 55,66 50,94 26,100 7,84 15,63 39,43 52,21 44,3"),
    ),
    (  # 9: with a straight stem, a curled tail, a slanting tail, drawn from the top
        (42, "54,14 35,0 9,12 7,39 28,49 49,34 56,7! 56,40 54,70 51,100"),
        (20, "54,16 33,0 9,14 9,40 30,50 49,35 56,9! 60,50 49,88 27,100 6,93"),
        (20, "56,9 31,0 7,19 14,45 39,43 56,13! 47,55 31,100"),
        (18, "52,6 30,2 8,20 12,44 34,48 54,30 55,6 53,50 46,100"),
    ),
)


@dataclass(frozen=True)
class Form:
    """One way of writing a digit: P control points made into SAMPLES points."""

    points: np.ndarray  # (P, 2), x and y in digit heights, their middle at 0
    is_end: np.ndarray  # (P,) bool, where a stroke begins or ends
    sharp: np.ndarray  # (4, SAMPLES) int, the control points that each point is made from
    smooth: np.ndarray  # (4, SAMPLES) int, the same if the corners are no corners
    weights: np.ndarray  # (4, SAMPLES), what each of the four counts; a column sums to 1


def read_form(text: str) -> Form:
    """Make a form out of its line of text; its samples are spread evenly along the strokes."""
    points, ends, spans = _parse(text)
    _, _, smooth = _parse(text.replace("!", ""))
    lengths = [_distance(points[second], points[third]) for _, second, third, _ in spans]
    places = [_locate(lengths, sample) for sample in range(SAMPLES)]
    xs, ys = zip(*points, strict=True)
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    return Form(
        points=(np.array(points) - middle) / 100,  # (P, 2)
        is_end=np.array([i in ends for i in range(len(points))]),  # (P,)
        sharp=np.array([spans[span] for span, _ in places]).T,  # (4, SAMPLES)
        smooth=np.array([smooth[span] for span, _ in places]).T,  # (4, SAMPLES)
        weights=np.array([_catmull_rom(t) for _, t in places]).T,  # (4, SAMPLES)
    )


def _parse(text: str) -> tuple[list[Point], set[int], list[tuple[int, ...]]]:
    """Points, which of them end a stroke, and the four that shape each span of the curve."""
    points: list[Point] = []
    ends: set[int] = set()
    spans: list[tuple[int, ...]] = []
    for stroke in text.split("/"):
        first = len(points)
        corners = [first]
        for word in stroke.split():
            x, y = word.rstrip("!").split(",")
            points.append((float(x), float(y)))
            if word.endswith("!"):
                corners.append(len(points) - 1)
        corners.append(len(points) - 1)
        ends |= {corners[0], corners[-1]}
        for start, stop in itertools.pairwise(corners):
            spans += [(max(i - 1, start), i, i + 1, min(i + 2, stop)) for i in range(start, stop)]
    return points, ends, spans


def _distance(a: Point, b: Point) -> float:
    # math.hypot differs between platforms in the last digit, sqrt does not.
    return math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]))


def _locate(lengths: list[float], sample: int) -> tuple[int, float]:
    """Span that a sample falls into, and how far along it, from 0 to 1."""
    # Not sum(): newer versions of Python round it differently.
    rest = functools.reduce(operator.add, lengths) * sample / (SAMPLES - 1)
    for span, length in enumerate(lengths):
        if rest < length:
            return span, rest / length
        rest -= length
    return len(lengths) - 1, 1.0


def _catmull_rom(t: float) -> tuple[float, float, float, float]:
    """Weights of the four points around a span, at t from 0 to 1 between the middle two."""
    return (
        t * (t * (2 - t) - 1) / 2,
        (t * t * (3 * t - 5) + 2) / 2,
        t * (t * (4 - 3 * t) + 1) / 2,
        t * t * (t - 1) / 2,
    )
