"""Colors are compared as WCAG 2 does: 4.5 for text, 3 for areas that mean something."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from tools.course.report.pages.page import STATES

CSS = (resources.files("tools.course.report.pages") / "templates" / "base.css").read_text(
    encoding="utf-8"
)
THEMES = ("light", "dark", "print")


def _colors(theme):
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light, chosen = blocks[0], blocks[THEMES.index(theme)]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", light + chosen))


def _luminance(color):
    digits = color[1:] if len(color) == 7 else "".join(2 * char for char in color[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _texts():
    for ground in ("ground", "sheet", "code"):
        yield from ((ink, ground) for ink in ("ink", "muted", "link"))
    for state in STATES:
        slug = state.replace(" ", "-")
        yield from ((slug, f"{slug}-tint"), (slug, "sheet"), (slug, "ground"))
    yield from (("ink", "follow-through-tint"), ("ink", "could-not-tell-tint"))


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read(theme):
    colors = _colors(theme)
    poor = {
        pair: round(_contrast(colors[pair[0]], colors[pair[1]]), 2)
        for pair in _texts()
        if _contrast(colors[pair[0]], colors[pair[1]]) < 4.5
    }
    assert not poor


@pytest.mark.parametrize("theme", THEMES)
def test_every_area_stands_out_from_its_ground(theme):
    colors = _colors(theme)
    fills = [f"{state.replace(' ', '-')}-fill" for state in STATES] + ["plain-fill"]
    poor = {fill: _contrast(colors[fill], colors["sheet"]) for fill in fills}
    assert not {fill: value for fill, value in poor.items() if value < 3}


def test_the_reference_pair_has_the_largest_contrast():
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
