"""A server of files on this machine that can misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mirror:
    """How the server behaves, and what it was asked for."""

    files: Mapping[str, bytes]
    cuts: list[int] = field(default_factory=list)  # bytes to send before hanging up, per request
    knows_ranges: bool = True
    stalls: bool = False  # keep the connection open instead of hanging up, at a cut
    tells_length: bool = True
    range_shift: int | None = 0  # added to where a partial answer says it starts; None: no word
    status: int | None = None  # answer with this status alone
    redirect: str | None = None  # base address to send everybody to
    hangs: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # (name, Range)
    base: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        wanted = handler.headers.get("Range")
        self.asked.append((name, wanted))
        if self.hangs:
            self.closing.wait(30)
        elif self.redirect:
            handler.send_response(302)
            handler.send_header("Location", f"{self.redirect}/{name}")
            handler.end_headers()
        elif self.status or name not in self.files:
            handler.send_response(self.status or 404)
            handler.end_headers()
        else:
            self._send(handler, self.files[name], wanted)

    def _send(self, handler: BaseHTTPRequestHandler, content: bytes, wanted: str | None) -> None:
        start = 0
        if wanted and self.knows_ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start and start >= len(content):
            handler.send_response(416)
            handler.end_headers()
            return
        rest = content[start:]
        handler.send_response(206 if start else 200)
        if start and self.range_shift is not None:
            shown = start + self.range_shift
            handler.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        if self.tells_length:
            handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        if not self.cuts:
            handler.wfile.write(rest)
            return
        handler.wfile.write(rest[: self.cuts.pop(0)])
        if self.stalls:
            handler.wfile.flush()
            self.closing.wait(30)


@contextmanager
def serve(mirror: Mirror) -> Iterator[Mirror]:
    """Run the server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mirror.base = f"http://127.0.0.1:{server.server_port}/mnist"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield mirror
        finally:
            mirror.closing.set()
            server.shutdown()
            thread.join()
