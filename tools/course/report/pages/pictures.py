"""What a person would rather look at, turned into the few numbers that a template draws.

Every picture comes with the same facts in words or as a table, for readers who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tools.course.report.pages import png
from tools.course.report.pages.model import ConfidentError, Extras

POINTS = 120  # of a curve: one for about every fifth pixel of its width
WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 632, 10, 228  # of the plotting area, in units of the view box
TILES = 100  # first-layer images shown; more are too small to look at and cost bytes
TILE_SIDE = 64  # pixels; MNIST has 28
SHADES = 6  # of the confusion matrix
GRADIENT_BOUND = 1e-8  # what the published run asks of each gradient
PARAMETERS = ("W1", "b1", "W2", "b2")


@dataclass(frozen=True)
class Tick:
    """A labeled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class LossCurve:
    """The loss of a training run, step by step, beside the reference's."""

    path: str  # SVG path data; broken where the loss is not a number
    band: str | None  # SVG points of the reference's band
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rows: tuple[tuple[int, str, str | None, str | None], ...]  # step, own, lowest, highest
    words: tuple[str, ...]  # what the picture shows, in sentences


@dataclass(frozen=True)
class WeightGrid:
    """First-layer weights as images."""

    uri: str
    shown: int
    total: int


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix."""

    count: int
    shade: int  # 0 (nothing) to SHADES
    hit: bool  # on the diagonal


@dataclass(frozen=True)
class Confusion:
    """Confusion matrix, rows true, columns predicted."""

    rows: tuple[tuple[Cell, ...], ...]
    accuracy: float
    worst: tuple[tuple[int, int, int], ...]  # true, predicted, how many: the commonest confusions


@dataclass(frozen=True)
class ErrorPicture:
    """One confident error."""

    uri: str
    true: int
    predicted: int
    percent: int | None


@dataclass(frozen=True)
class GradientBar:
    """Relative error of one gradient, on a logarithmic scale from 1e-12 to 1."""

    name: str
    error: str
    width: float  # 0 to 100
    fine: bool


@dataclass(frozen=True)
class Pictures:
    """Everything that can be drawn for one student; None or empty where it is missing."""

    loss: LossCurve | None = None
    weights: WeightGrid | None = None
    confusion: Confusion | None = None
    errors: tuple[ErrorPicture, ...] = ()
    gradients: tuple[GradientBar, ...] = ()

    @property
    def any_of_training(self) -> bool:
        """Whether there is something to show of the trained network."""
        return any((self.loss, self.weights, self.confusion, self.errors))


def draw(extras: Extras) -> Pictures:
    """All pictures of one student."""
    history = extras.loss_history
    return Pictures(
        loss=None if history is None else loss_curve(history, extras.loss_band),
        weights=None if extras.weights is None else weight_grid(extras.weights),
        confusion=None if extras.confusion is None else confusion(extras.confusion),
        errors=tuple(_error(error) for error in extras.errors[:24]),
        gradients=gradient_bars(extras.gradient_errors),
    )


def loss_curve(
    history: Sequence[float] | np.ndarray, band: tuple[np.ndarray, np.ndarray] | None
) -> LossCurve | None:
    """The curve averaged over a few steps at a time; None for an empty history."""
    own = np.asarray(history, dtype=float)
    steps = own.size
    if not steps:
        return None
    broken = np.flatnonzero(~np.isfinite(own))
    edges = np.linspace(0, steps, min(POINTS, steps) + 1).astype(int)
    middles = (edges[:-1] + edges[1:] - 1) / 2
    curve = _means(own, edges)
    low, high = (None, None) if band is None else (_means(_fit(b, steps), edges) for b in band)
    top, tick = _axis(curve, high)
    x = LEFT + (RIGHT - LEFT) * middles / max(1, steps - 1)
    return LossCurve(
        path=_path(x, _y(curve, top)),
        band=None if low is None or high is None else _band(x, _y(low, top), _y(high, top)),
        x_ticks=tuple(_x_ticks(steps)),
        y_ticks=tuple(_y_ticks(top, tick)),
        rows=tuple(_rows(middles, curve, low, high)),
        words=tuple(_words(own, curve, low, high, broken, top)),
    )


def _means(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mean between each two edges; not a number where one value is none, without a warning."""
    with np.errstate(all="ignore"):
        return np.add.reduceat(values, edges[:-1]) / np.diff(edges)


def _fit(values: np.ndarray, steps: int) -> np.ndarray:
    """The band for as many steps as the student took; its end is held where it is shorter."""
    values = np.asarray(values, dtype=float)
    return values[np.minimum(np.arange(steps), values.size - 1)]


def _axis(curve: np.ndarray, high: np.ndarray | None) -> tuple[float, float]:
    """Upper end and distance of ticks: room for the band, and twice as much before the cut."""
    finite = curve[np.isfinite(curve)]
    own = float(finite.max()) if finite.size else 1.0
    if high is not None:
        own = float(np.clip(own, high.max(), 2 * high.max()))
    own = max(own, 1e-9)  # a loss of zero, or below it, still needs an axis
    rough = own / 4
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(decade * nice for nice in (1, 2, 5, 10) if decade * nice >= rough)
    return math.ceil(own * 1.01 / step) * step, step


def _y(values: np.ndarray, top: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(BOTTOM - (BOTTOM - TOP) * np.clip(values, 0, top) / top)


def _path(x: np.ndarray, y: np.ndarray) -> str:
    parts, pen = [], "M"
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(py):
            parts.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    """There along the upper edge and back along the lower one."""
    corners = np.concatenate((np.stack((x, high), axis=1), np.stack((x, low), axis=1)[::-1]))
    return _points(tuple(map(tuple, corners.tolist())))


@lru_cache(maxsize=64)
def _points(corners: tuple[tuple[float, float], ...]) -> str:
    """A class has few bands: they depend on the number of steps and the axis."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _x_ticks(steps: int) -> list[Tick]:
    marks = sorted({round(steps * part / 4) for part in range(5)})
    return [Tick(LEFT + (RIGHT - LEFT) * mark / max(1, steps), f"{mark:,}") for mark in marks]


def _y_ticks(top: float, step: float) -> list[Tick]:
    marks = [step * i for i in range(round(top / step) + 1)]
    return [Tick(BOTTOM - (BOTTOM - TOP) * mark / top, f"{mark:.3g}") for mark in marks]


def _rows(
    middles: np.ndarray, curve: np.ndarray, low: np.ndarray | None, high: np.ndarray | None
) -> list[tuple[int, str, str | None, str | None]]:
    """About ten places of the curve as numbers."""
    places = np.unique(np.linspace(0, curve.size - 1, min(10, curve.size)).astype(int))
    return [
        (
            int(middles[i]) + 1,
            f"{curve[i]:.4g}",
            None if low is None else f"{low[i]:.4g}",
            None if high is None else f"{high[i]:.4g}",
        )
        for i in places
    ]


def _words(
    own: np.ndarray,
    curve: np.ndarray,
    low: np.ndarray | None,
    high: np.ndarray | None,
    broken: np.ndarray,
    top: float,
) -> list[str]:
    words = []
    if low is not None and high is not None:
        inside = np.mean((curve >= low) & (curve <= high))
        words.append(f"{inside:.0%} of your curve lies within the reference's band.")
    if broken.size:
        words.append(f"From step {broken[0] + 1:,} on the loss is not always a finite number.")
    else:
        words.append(f"The loss goes from {own[0]:.4g} to {own[-1]:.4g}.")
    if np.any(curve > top):
        words.append("Where the curve runs along the upper edge, the loss is beyond it.")
    return words


def weight_grid(weights: np.ndarray) -> WeightGrid | None:
    """The first TILES images in one picture, as close to a square as they go.

    None for what are no small images: they come from the process that the student's code ran in.
    """
    if weights.dtype != np.uint8 or weights.ndim != 3:
        return None
    if not weights.size or max(weights.shape[1:]) > TILE_SIDE:
        return None
    total = len(weights)
    shown = min(total, TILES)
    sheet = png.contact_sheet(weights[:shown], columns=math.ceil(math.sqrt(shown)))
    return WeightGrid(png.data_uri(sheet), shown, total)


def confusion(matrix: np.ndarray) -> Confusion:
    """Shades follow the logarithm: one confused image shows, and five hundred do not drown it."""
    counts = np.asarray(matrix).astype(int)
    wrong = counts - np.diag(np.diag(counts))
    cells = [_cells(i, row, max(1, int(wrong.max()))) for i, row in enumerate(counts.tolist())]
    order = np.argsort(-wrong, axis=None, kind="stable")[:3]
    pairs = [divmod(int(place), len(counts)) for place in order]
    return Confusion(
        rows=tuple(cells),
        accuracy=float(np.trace(counts) / max(1, counts.sum())),
        worst=tuple((t, p, int(wrong[t, p])) for t, p in pairs if wrong[t, p]),
    )


def _cells(true: int, row: list[int], most_wrong: int) -> tuple[Cell, ...]:
    total = max(1, sum(row))
    return tuple(
        Cell(
            count,
            _shade(count, total if predicted == true else most_wrong),
            predicted == true,
        )
        for predicted, count in enumerate(row)
    )


def _shade(count: int, most: int) -> int:
    if count <= 0:
        return 0
    return max(1, round(SHADES * math.log1p(count) / math.log1p(most)))


def _error(error: ConfidentError) -> ErrorPicture:
    percent = None if error.probability is None else math.floor(100 * error.probability)
    return ErrorPicture(png.data_uri(error.image), error.true, error.predicted, percent)


def gradient_bars(errors: Mapping[str, float]) -> tuple[GradientBar, ...]:
    """A bar for each parameter, in the order of the forward pass; unknown names are left out."""
    return tuple(_bar(name, errors[name]) for name in PARAMETERS if name in errors)


def _bar(name: str, error: float) -> GradientBar:
    if not math.isfinite(error):
        return GradientBar(name, "not a number", 100.0, False)
    decades = 12 + math.log10(max(error, 1e-12))
    width = min(100.0, max(1.0, 100 * decades / 12))
    return GradientBar(
        name, f"{error:.1e}" if error else "0", round(width, 1), error < GRADIENT_BOUND
    )
