"""A server of files on this machine that can misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mirror:
    """How the server behaves, and which files it was asked for."""

    files: Mapping[str, bytes]
    cuts: list[int] = field(default_factory=list)  # bytes to send before hanging up, per request
    stalls: bool = False  # at a cut, keep the connection open instead of hanging up
    has_length: bool = True
    is_chunked: bool = False
    statuses: list[int] = field(default_factory=list)  # errors to answer with, per request
    redirect: str | None = None  # base address to send everybody to
    greeting: bytes | None = None  # what to say instead of HTTP
    asked: list[str] = field(default_factory=list)
    base: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        self.asked.append(name)
        if self.greeting is not None:
            handler.wfile.write(self.greeting)
        elif self.redirect:
            handler.send_response(302)
            handler.send_header("Location", f"{self.redirect}/{name}")
            handler.end_headers()
        elif self.statuses or name not in self.files:
            handler.send_response(self.statuses.pop(0) if self.statuses else 404)
            handler.end_headers()
        else:
            self._send(handler, self.files[name])

    def _send(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        if self.is_chunked:
            handler.send_header("Transfer-Encoding", "chunked")
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        elif self.has_length:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(content)
        handler.wfile.write(content[:cut])
        handler.wfile.flush()
        if cut < len(content) and self.stalls:
            self.closing.wait(30)


@contextmanager
def serve(mirror: Mirror) -> Iterator[Mirror]:
    """Run the server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if mirror.is_chunked else "HTTP/1.0"

        def do_GET(self) -> None:
            with suppress(ConnectionError):  # the client may give up
                mirror.answer(self)
            self.close_connection = True

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
