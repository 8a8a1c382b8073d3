"""Show in a notebook what the engine found: `check("T#5")`."""

import contextlib
import html
import importlib
import sys

from checks import engine

COLORS = {"wrong": "#c62828", "done": "#2e7d32", "skipped": "#777"}
MARKS = {"wrong": "&#10008;", "done": "&#10004;"}


def check(*tasks):
    """Check your code, as it is on disk, and show what was found.

    Parameters
    ----------
    *tasks : str
        Such as "T#5"; none for all of them.

    Notes
    -----
    Random numbers that are drawn later stay the same.
    """
    unknown = [task for task in tasks if task not in engine.TITLES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a task. The tasks: {', '.join(engine.TITLES)}.")
    with _fresh_code():
        outcomes = [engine.run(check) for check in engine.checks_of(tasks or engine.TITLES)]
        _show(View(engine.sum_up(outcomes)))


def compare(what, value, limit, above=False):
    """Print a value and whether it is below its limit, or above it.

    Parameters
    ----------
    what : str
        What the value is.
    value, limit : float
        In the same unit.
    above : bool, default=False
        Whether the value should be above the limit.
    """
    passed = value > limit if above else value < limit
    word = f"{'' if passed else 'not '}{'above' if above else 'below'}"
    number = f"{value:.2e}" if value < 1e-3 or value > 1e3 else f"{value:.4f}"
    print(f"{'pass' if passed else 'FAIL'}  {what}: {number} ({word} {limit:g})")


class View:
    """Results as HTML or, if the front end has none, as text."""

    def __init__(self, results):
        self.results = results
        self.next_step = engine.next_step(results, "check()")

    def __repr__(self):
        parts = []
        for result in self.results:
            facts = "; ".join(result.facts)
            title = f"{result.task} {engine.TITLES[result.task]}: {result.status}"
            parts.append(f"{title} ({facts})" if facts else title)
            parts += engine.as_lines(_table(result) or []) if not result.findings else []
            parts += [engine.as_text(finding) for finding in result.findings]
        return "\n".join([*parts, self.next_step])

    def _repr_html_(self):
        parts = [_result_html(result) for result in self.results]
        return f"<div>{''.join(parts)}<p>{html.escape(self.next_step)}</p></div>"


def _result_html(result):
    color = COLORS.get(result.status, "#b26a00")
    title = f"{result.task} {engine.TITLES[result.task]}: {result.status}"
    facts = f" <small>{html.escape('; '.join(result.facts))}</small>" if result.facts else ""
    mark = MARKS.get(result.status, "&#8226;")
    parts = [f'<b style="color:{color}">{mark} {html.escape(title)}</b>{facts}']
    parts += [_table_html(_table(result))] if _table(result) else []
    parts += [_finding_html(finding, f"{result.task}: ") for finding in result.findings]
    style = f"border-left:4px solid {color};padding:2px 10px;margin:6px 0"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _finding_html(finding, prefix):
    hints, expected = getattr(finding, "hints", ()), getattr(finding, "expected", "")
    got = getattr(finding, "got", str(finding)).removeprefix(prefix)
    rows = f"<div>got: <code style='white-space:pre-wrap'>{html.escape(got)}</code></div>"
    if expected:
        rows += f"<div>expected: <code>{html.escape(expected)}</code></div>"
    rows += f"<div>{html.escape(hints[0])}</div>" if hints else ""
    more = html.escape(" ".join(hints[1:]))
    rows += f"<details><summary>One more hint</summary>{more}</details>" if more else ""
    return f"<div style='margin:4px 0'>{rows}</div>"


def _table(result):
    """The table that a check of this task measured, if any."""
    tables = [outcome.report["table"] for outcome in result.outcomes if "table" in outcome.report]
    return tables[0] if tables else None


def _table_html(table):
    rows = []
    for row in table:
        cells = []
        for cell in row:
            color = {"agrees": COLORS["done"]}.get(cell, COLORS["wrong"] if "WRONG" in cell else "")
            cells.append(f'<td style="text-align:left;color:{color}">{html.escape(cell)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _show(view):
    """Display in a notebook, print elsewhere."""
    if "ipykernel" in sys.modules:
        from IPython.display import display

        display(view)
    else:
        print(view)


@contextlib.contextmanager
def _fresh_code():
    """Import the student's package from disk, and put back what the notebook has imported."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_code(name)}
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_code(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_code(name):
    return name.partition(".")[0] == "cattern"
