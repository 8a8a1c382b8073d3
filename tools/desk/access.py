"""Who may use the desk: graders with tokens, sessions, and what every request must show.

The desk listens on the loopback interface only. Other programs can still reach it: another site in
the same browser, and other users of the same machine. So every request needs a cookie that only a
token buys, the Host header must be the desk's own, and every change must come from its own pages.
"""

from __future__ import annotations

import hmac
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from flask import Request, Response

from grader.errors import MaterialError

FILE = "desk.toml"
COOKIE = "nnlab-desk"
LEAST = 16  # characters of a token
ALONE = "instructor"  # the grader's name if desk.toml names nobody
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A student's notebook: no scripts, nothing from anywhere, even if it is opened outside its frame.
NOTEBOOK_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer", forms would send no Origin
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass
class Session:
    """One browser of one grader, for as long as the desk runs."""

    grader: str
    messages: list[tuple[str, str]] = field(default_factory=list)  # kind, text: shown once


class Access:
    """Tokens of the graders, and the sessions that they opened."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self.tokens = dict(tokens)  # name -> token
        self._sessions: dict[str, Session] = {}

    def open_session(self, token: str) -> str | None:
        """The cookie of a new session; None if nobody has this token."""
        found = None
        for name, known in self.tokens.items():  # all of them: the time must not depend on which
            if hmac.compare_digest(known.encode(), token.encode("utf-8", "replace")):
                found = name
        if found is None:
            return None
        cookie = secrets.token_urlsafe(32)
        self._sessions[cookie] = Session(found)
        return cookie

    def session(self, cookie: str | None) -> Session | None:
        """The session of a cookie."""
        return None if cookie is None else self._sessions.get(cookie)


def read_tokens(out: Path) -> dict[str, str]:
    """The graders of desk.toml with their tokens; one with a fresh token if there is no file.

    Raises
    ------
    MaterialError
        With every mistake of the file, or if other users of this machine can read it.
    """
    path = out / FILE
    if not path.is_file():
        return {ALONE: secrets.token_urlsafe(32)}
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise MaterialError([f"{FILE}: other users can read the tokens in it; chmod 600 {path}"])
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("graders")
    except (OSError, ValueError) as error:
        raise MaterialError([f"{FILE}: is not valid TOML: {error}"]) from error
    if not isinstance(table, dict) or not table:
        raise MaterialError(
            [f'{FILE}: expected a table [graders] with lines such as ada = "TOKEN"']
        )
    problems = [
        f"{FILE}: the token of {name} must have at least {LEAST} characters"
        for name, token in table.items()
        if not isinstance(token, str) or len(token) < LEAST
    ]
    if not problems and len(set(table.values())) < len(table):
        problems.append(f"{FILE}: two graders have the same token")
    if problems:
        raise MaterialError(problems)
    return table


def refusal(request: Request, hosts: frozenset[str]) -> str | None:
    """Why a request is refused before anybody looks at its cookie; None if it is not.

    A page of another site that rebinds its name to 127.0.0.1 sends its own name as Host. A form of
    another site, or of another port of this machine, sends its own Origin.
    """
    if request.host not in hosts:
        return "The desk answers only at its own address."
    if request.method not in ("GET", "HEAD") and not _is_own(request, hosts):
        return "This change did not come from a page of the desk."
    return None


def _is_own(request: Request, hosts: frozenset[str]) -> bool:
    origin = urlsplit(request.headers.get("Origin", ""))
    fetched_by = request.headers.get("Sec-Fetch-Site", "same-origin")
    return origin.scheme == "http" and origin.netloc == request.host and fetched_by == "same-origin"


def protect(response: Response) -> Response:
    """Add the headers that keep pages to themselves; a view may have set a stricter policy."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
