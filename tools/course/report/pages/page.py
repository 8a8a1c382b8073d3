"""A self-contained page: template, style and script in one file, and a policy that allows no more.

The policy (Content-Security-Policy) lists the digest of the page's own style and script: whatever
else might slip into a page, the browser neither runs nor loads it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.engine.verdict import Judged
from tools.common.plural import plural

# Also in this order wherever states stand side by side, from good to unknown.
STATES = {
    Judged.RIGHT: "right",
    Judged.FOLLOW_THROUGH: "follow-through",
    Judged.PARTLY: "partly right",
    Judged.WRONG: "wrong",
    Judged.NOT_REACHED: "not reached",
    Judged.NOT_ASKED: "not asked",
    Judged.COULD_NOT_TELL: "could not tell",
}

DATA = {"mnist": "MNIST", "synthetic": "the offline digits (made by the kit, not MNIST)"}

ISOLATION = {
    "full": "all layers of the sandbox",
    "flat": "all layers that work without namespaces",
    "sealed": "system calls only",
    "none": "no sandbox, the submissions were trusted",
}


def points(value: float | None) -> str:
    """Points as people write them: two decimals at most, and none where there are none."""
    return "–" if value is None else f"{round(value, 2):g}"


def counted(value: float) -> str:
    """Points with their unit: "8 points", "1 point"."""
    return plural(round(value, 2), "point")


def percent(value: float | None) -> str:
    """A share in percent with two decimals, as accuracies are published."""
    return "–" if value is None else f"{100 * value:.2f}%"


@functools.cache
def environment() -> Environment:
    """The templates: escape by default, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("tools.course.report.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"points": points, "counted": counted, "percent": percent}
    made.globals |= {"STATES": STATES, "DATA": DATA, "ISOLATION": ISOLATION, "plural": plural}
    # Rendered once for each state: a page has a hundred of them.
    macros = made.get_template("macros.html").module
    made.globals |= {
        name: functools.cache(getattr(macros, name)) for name in ("slug", "badge", "icon")
    }
    return made


@functools.cache
def asset(*names: str) -> Markup:
    """Our own style or script, to stand in a page as it is."""
    folder = resources.files("tools.course.report.pages") / "templates"
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    return Markup("\n" + "".join(texts))


@functools.cache
def policy(style: str, script: str | None) -> str:
    """What the page may do: use its own style, its own script if any, and its own pictures."""
    parts = ["default-src 'none'", "img-src data:", f"style-src '{_digest(style)}'"]
    if script is not None:
        parts += [f"script-src '{_digest(script)}'", "require-trusted-types-for 'script'"]
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def render(template: str, style: Markup, script: Markup | None = None, **context: Any) -> str:
    """The whole page."""
    context |= {"style": style, "script": script, "policy": policy(style, script)}
    return environment().get_template(template).render(context)
