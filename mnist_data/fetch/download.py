"""Download one address into memory."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from mnist_data.errors import reason

Progress = Callable[[int, int | None], None]  # bytes so far, and in all if that is known

MAX_BYTES = 1 << 26  # the largest file of MNIST has 47 million bytes, unpacked
TRIES = 3
PAUSE_S = 1.0  # before another try
MIN_BYTES_PER_S = 2_000  # 10 MB in 80 minutes; a slower server counts as broken
_CHUNK = 1 << 16
_TRY_AGAIN = (408, 429, 500, 502, 503, 504)  # HTTP: the server is busy, not unwilling


class SourceError(Exception):
    """One address does not help, but another may; the message is a phrase."""


class _BrokenError(SourceError):
    """The download broke off, so another try may work."""


def download(url: str, progress: Progress, timeout_s: float) -> bytes:
    """Return the whole content of an http or https address, after up to `TRIES` tries.

    Raises SourceError if the server refuses, is silent for `timeout_s` seconds, sends too much,
    or breaks off every time.
    """
    for _ in range(TRIES - 1):
        try:
            return b"".join(_read(url, progress, timeout_s))
        except _BrokenError:
            time.sleep(PAUSE_S)
    return b"".join(_read(url, progress, timeout_s))


def _read(url: str, progress: Progress, timeout_s: float) -> Iterator[bytes]:
    started = time.monotonic()
    done = 0
    try:
        with _open(url, timeout_s) as answer:
            total = _total(answer)
            while chunk := answer.read1(_CHUNK):
                done += len(chunk)
                _check_pace(done, time.monotonic() - started - timeout_s)
                progress(done, total)
                yield chunk
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _explained(error, done, timeout_s) from error
    if total is not None and done < total:
        raise _BrokenError(f"the connection broke after {done:,} of {total:,} bytes")


def _open(url: str, timeout_s: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": "nnlab", "Accept-Encoding": "identity"}
    answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout_s)
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


def _total(answer: http.client.HTTPResponse) -> int | None:
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() else None
    if total is not None and total > MAX_BYTES:
        raise SourceError(f"it offers {total:,} bytes, too many for a file of MNIST")
    return total


def _check_pace(done: int, seconds: float) -> None:
    if done > MAX_BYTES:
        raise SourceError(f"it sends more than {MAX_BYTES:,} bytes")
    if done < seconds * MIN_BYTES_PER_S:
        raise SourceError(f"it is too slow: {done:,} bytes in {seconds:.0f} s")


def _explained(error: Exception, done: int, timeout_s: float) -> SourceError:
    """Return the error in words; one that may pass is a _BrokenError."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        kind = _BrokenError if error.code in _TRY_AGAIN else SourceError
        return kind(f"HTTP {error.code} {error.reason}".rstrip())
    kind = _BrokenError if done else SourceError
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return kind(f"no answer within {timeout_s:g} s")
    if isinstance(cause, OSError):
        return kind(f"no connection: {reason(cause)}")
    if isinstance(cause, ValueError | http.client.InvalidURL):
        return SourceError(f"not an address: {cause}")
    if isinstance(cause, http.client.HTTPException):
        return kind(f"not a proper answer: {type(cause).__name__}")
    return SourceError(f"no connection: {cause}")
