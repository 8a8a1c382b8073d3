"""Item analysis: how hard each check is, how well it tells students apart, what it catches."""

from __future__ import annotations

from flask import Blueprint

from tools.desk.figures import check_figures
from tools.desk.pages import desk, render

pages = Blueprint("checks", __name__)
WEAK = 0.1  # correlation with the rest of the score below which a check is worth a look


@pages.get("/checks")
def checks() -> str:
    """All checks as a table."""
    room = desk().classroom()
    return render("checks.html", room, figures=check_figures(room), WEAK=WEAK)
