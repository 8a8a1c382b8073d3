"""Puts the desk together and serves it on the loopback interface."""

from __future__ import annotations

import contextlib
import gc
import html
import os
import secrets
import socket
import tempfile
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, cast

from flask import Flask, Response, g, redirect, request
from waitress.server import create_server
from werkzeug.exceptions import HTTPException

from grader.errors import ConflictError, KitError, NnlabError
from tools.desk import access
from tools.desk.access import COOKIE, Access, read_tokens, refusal
from tools.desk.classroom import Desk
from tools.desk.giveback import Previews
from tools.desk.likeness import Searches
from tools.desk.pages import message, static_file, style
from tools.desk.views import back, checks, home, judging, similar, students

HOST = "127.0.0.1"
FIRST_PAGE_S = 3  # the browser comes first
UPLOAD_LIMIT = 32 << 20  # bytes of a form: a system's file of a large course is far smaller


@dataclass(frozen=True)
class Address:
    """Where the desk is, and how each grader gets in."""

    port: int
    prefix: str  # first part of every path; see `serve`
    tokens: dict[str, str]

    def of(self, grader: str) -> str:
        """The first address of a grader."""
        return f"http://{HOST}:{self.port}/{self.prefix}/?token={self.tokens[grader]}"


def create_app(desk: Desk, known: Access, hosts: frozenset[str]) -> Flask:
    """The web app over an open gradebook; `hosts` are the Host headers that it answers to."""
    app = Flask("tools.desk", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=UPLOAD_LIMIT,
        DESK=desk,
        TRIALS=judging.Trials(),
        SEARCHES=Searches(desk.out),
        PREVIEWS=Previews(),
    )
    app.before_request(lambda: _admit(known, hosts))
    app.after_request(access.protect)
    app.add_url_rule("/desk.css", view_func=style)
    app.add_url_rule("/static/<name>", view_func=static_file)
    for module in (home, students, judging, checks, similar, back):
        app.register_blueprint(module.pages)
    app.register_error_handler(NnlabError, _refuse)
    app.register_error_handler(HTTPException, _fail)
    return app


def _admit(known: Access, hosts: frozenset[str]) -> Any:
    """Let a request in, let a token in by a cookie, or refuse."""
    if why := refusal(request, hosts):
        return Response(why, 403, mimetype="text/plain")
    cookie = request.cookies.get(COOKIE)
    if request.method == "GET" and "token" in request.args:
        cookie = known.open_session(request.args["token"])
        if cookie is not None:
            return _with_cookie(cookie)
    session = known.session(cookie)
    if session is None:
        advice = "Open the desk with the address that `nnlab serve` printed; it contains a token."
        return Response(advice, 403, mimetype="text/plain")
    g.session, g.grader = session, session.grader
    return None


def _with_cookie(cookie: str) -> Response:
    """The same address without the token, so that neither history nor screen shows it."""
    answer = redirect(f"{request.script_root}{request.path}", 303)
    path = f"{request.script_root}/"
    answer.set_cookie(COOKIE, cookie, path=path, httponly=True, samesite="Strict")
    return cast(Response, answer)


def _refuse(error: NnlabError) -> tuple[str, int]:
    """What the kit has to say; a change that was refused has changed nothing."""
    status = (
        409 if isinstance(error, ConflictError) else 503 if isinstance(error, KitError) else 422
    )
    return message("This did not work", str(error)), status


def _fail(error: HTTPException) -> tuple[str, int]:
    return message(error.name, error.description or ""), error.code or 500


def serve(out: Path, port: int, say: Callable[[str], None], *, browser: bool = True) -> None:
    """Serve the desk until the process is interrupted; its address is said first.

    Cookies know no ports: the browser would send ours to any other server of this machine. So
    all pages are below a path that nobody else knows, and the cookie is for that path only.

    Raises
    ------
    KitError
        If the port is taken.
    """
    tokens, prefix = read_tokens(out), secrets.token_hex(6)
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise KitError(f"port {port}: {error.strerror}; --port 0 takes a free one") from error
    address = Address(listener.getsockname()[1], prefix, tokens)
    desk = Desk(out)
    desk.prepare()
    hosts = frozenset(f"{name}:{address.port}" for name in (HOST, "localhost"))
    app = create_app(desk, Access(tokens), hosts)
    server = create_server(app, sockets=[listener], url_prefix=f"/{prefix}", threads=8, ident=None)
    for grader in tokens:
        say(address.of(grader) if len(tokens) == 1 else f"{address.of(grader)}  {grader}")
    Thread(target=_warm_up, args=(desk, app.config["PREVIEWS"]), daemon=True).start()
    with _opened(address.of(next(iter(tokens)))) if browser else contextlib.nullcontext():
        server.run()


def _warm_up(desk: Desk, previews: Previews) -> None:
    """Read the class before anybody asks for it, and make everybody's grade after the first page.

    What was read stays as long as the desk runs: the garbage collector need not look at it.
    """
    with contextlib.suppress(NnlabError):  # a page will say it
        gc.disable()
        try:
            room = desk.classroom()
            gc.freeze()
        finally:
            gc.enable()
        time.sleep(FIRST_PAGE_S)
        with desk.reading() as book:
            previews.grades(room, book)


@contextlib.contextmanager
def _opened(address: str) -> Any:
    """Open a browser by way of a private file: all users of a machine see its command lines."""
    handle, name = tempfile.mkstemp(suffix=".html", prefix="nnlab-desk-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        target = html.escape(address)
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={target}">')
    try:
        webbrowser.open(Path(name).as_uri())
        yield
    finally:
        Path(name).unlink(missing_ok=True)
