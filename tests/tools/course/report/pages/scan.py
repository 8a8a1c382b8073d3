"""Reads a page as a browser would and tells what in it could act."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

_INLINE = ("a", "b", "bdi", "code", "small", "span", "strong")


class Scan(HTMLParser):
    """Everything in a page that runs, loads or leads somewhere, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []  # href and src
        self.handlers: list[str] = []  # on... and style attributes
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.policy = ""
        self.text = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += "" if tag in _INLINE else " "
        self._inside = tag
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("href", "src") if name in given]
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])
        if tag == "script" and "type" not in given:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            if self.scripts:
                self.scripts[-1] += data
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.text += data

    @property
    def words(self) -> str:
        """The text with every run of white space made one blank."""
        return " ".join(self.text.split())

    def allows(self, kind: str, text: str) -> bool:
        """Whether the page's policy allows this style or script."""
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"{kind}-src 'sha256-{digest}'" in self.policy

    def foreign_links(self) -> list[str]:
        """Links that are neither into the page, nor into the report, nor a picture in the page."""
        own = r"#[\w-]+|data:image/png;base64,[\w+/=]+|(scores|attention)\.csv"
        student = r"students/[\w.~%-]+/feedback\.html"
        return [link for link in self.links if not re.fullmatch(f"{own}|{student}", link, re.A)]
