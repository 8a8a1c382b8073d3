"""Fetch MNIST from mirrors, or from a folder that holds it."""

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_data.contents import FINGERPRINTS, MNIST, TITLES, holds, kind_of_content
from mnist_data.errors import DataError, make_folder, reason
from mnist_data.files import FILES, GZIP_MAGIC, IDX_MAGIC, find_file, read_file, unpack

Progress = Callable[[str, int, int | None], None]  # file, bytes so far, bytes in all if known

# Copies kept by the Common Visual Data Foundation, by PyTorch, and by a university group. The
# original page, yann.lecun.com/exdb/mnist, no longer gives the files out.
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
TIMEOUT_S = 20.0  # without a byte
TRIES, PAUSE_S = 3, 1.0
MAX_BYTES = 1 << 26  # the largest file of MNIST has 47 million bytes, unpacked
MAX_S = 3600.0  # for one file
_BUSY = (408, 429, 500, 502, 503, 504)  # HTTP: the server may be willing later


class FetchError(DataError):
    """No mirror had a file of MNIST."""


class _SourceError(Exception):
    """One mirror does not help, but another may; the message is a phrase."""


class _BrokenError(_SourceError):
    """The download broke off, so another try may work."""


@dataclass(frozen=True)
class Fetched:
    """A file of MNIST that is in place; `source` is None if it was there before."""

    path: Path
    source: str | None


def list_mirrors() -> list[str]:
    """Return the base addresses to try: those in MNIST_MIRROR, then the built-in ones.

    MNIST_MIRROR is one folder, or addresses separated by spaces or commas.
    """
    named = os.environ.get("MNIST_MIRROR", "").strip()
    if named and Path(named).is_dir():  # a folder's name may have spaces and commas in it
        return [named, *MIRRORS]
    return [*named.replace(",", " ").split(), *MIRRORS]


def fetch_mnist(
    directory: str | Path,
    mirrors: Sequence[str] | None = None,
    progress: Progress = lambda name, done, total: None,
    timeout_s: float = TIMEOUT_S,
) -> list[Fetched]:
    """Put the four files of MNIST into a folder; sound files that are there stay as they are.

    A mirror is a base address (http, https or file) or the path of a folder; the default is
    `list_mirrors`. A server that is silent for `timeout_s` seconds is given up. A file appears in
    the folder only when it is complete and its SHA-256 is right. Raises FetchError if no mirror
    has a file, and DataError if the folder cannot be written to or holds another set.
    """
    directory = make_folder(directory)
    mirrors = list(list_mirrors() if mirrors is None else mirrors)
    there = {name for name in FILES if holds(directory, name, MNIST)}
    fetched = []
    for name in FILES:
        path, mirror = find_file(directory, name), None
        if path is None or name not in there:
            content, mirror = _from_first_good_mirror(name, mirrors, progress, timeout_s)
            path = _store(directory, name, content)
            mirrors.sort(key=lambda other: other != mirror)  # try the one that works first
        fetched.append(Fetched(path, mirror))
    return fetched


def _from_first_good_mirror(
    name: str, mirrors: Sequence[str], progress: Progress, timeout_s: float
) -> tuple[bytes, str]:
    """Return a file's content, packed as the mirror has it, and that mirror."""
    failures = []
    for mirror in mirrors:
        try:
            content = _read(mirror, name, progress, timeout_s)
            _check(mirror, name, content)
            return content, mirror
        except (_SourceError, DataError) as error:
            text = str(error).removeprefix(f"{mirror}: ").rstrip(".")
            # People know the mirrors that they named; the built-in ones would only be noise.
            failures.append(text if mirror in MIRRORS else f"{mirror}: {text}")
    reasons = "; ".join(dict.fromkeys(failures)) or "there is no mirror"
    raise FetchError(f"{name} could not be fetched ({reasons}).")


def _read(mirror: str, name: str, progress: Progress, timeout_s: float) -> bytes:
    scheme, separator, rest = mirror.partition("://")
    if separator and scheme in ("http", "https"):
        return _download(f"{mirror.rstrip('/')}/{name}", name, progress, timeout_s)
    if separator and scheme != "file":
        raise _SourceError("expected http, https, file or the path of a folder")
    folder = Path(urllib.request.url2pathname(rest) if separator else mirror).expanduser()
    path = find_file(folder, name)
    if path is None:
        raise _SourceError("no such file there" if folder.is_dir() else "no such folder")
    return read_file(path)


def _download(url: str, name: str, progress: Progress, timeout_s: float) -> bytes:
    """Return the whole content of an address, after up to `TRIES` tries."""
    for _ in range(TRIES - 1):
        with suppress(_BrokenError):
            return _download_once(url, name, progress, timeout_s)
        time.sleep(PAUSE_S)
    return _download_once(url, name, progress, timeout_s)


def _download_once(url: str, name: str, progress: Progress, timeout_s: float) -> bytes:
    content, end_s = bytearray(), time.monotonic() + MAX_S
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "nnlab"})
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            total = answer.length  # None if the server does not say
            while chunk := answer.read1(1 << 16):
                content += chunk
                if max(len(content), total or 0) > MAX_BYTES:
                    raise _SourceError(f"it sends more than {MAX_BYTES:,} bytes")
                if time.monotonic() > end_s:
                    raise _SourceError(f"it is too slow: {len(content):,} bytes in {MAX_S:g} s")
                progress(name, len(content), total)
    except (OSError, ValueError, http.client.HTTPException) as error:
        is_busy = isinstance(error, urllib.error.HTTPError) and error.code in _BUSY
        kind = _BrokenError if content or is_busy else _SourceError
        raise kind(_explained(error, timeout_s)) from error
    if len(content) < (total or 0):
        raise _BrokenError(f"the connection broke after {len(content):,} of {total:,} bytes")
    return bytes(content)


def _explained(error: Exception, timeout_s: float) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"HTTP {error.code} {error.reason}".rstrip()
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {timeout_s:g} s"
    if isinstance(cause, OSError):
        return f"no connection: {reason(cause)}"
    if isinstance(cause, http.client.HTTPException) and not isinstance(
        cause, http.client.InvalidURL
    ):
        return f"not a proper answer: {type(cause).__name__}"
    return f"not an address: {cause}"


def _check(mirror: str, name: str, packed: bytes) -> None:
    """Raise an error if the content, packed or not, is not MNIST's."""
    size = FINGERPRINTS[MNIST][name].size
    content = packed if packed.startswith(IDX_MAGIC) else unpack(mirror, packed, size)
    kind = kind_of_content(mirror, name, content)
    if kind != MNIST:
        raise _SourceError(f"it is {TITLES[kind]}, not MNIST")


def _store(directory: Path, name: str, packed: bytes) -> Path:
    """Write a file in one step, and remove a broken one of the same set."""
    broken = find_file(directory, name)
    path = directory / (name if packed.startswith(GZIP_MAGIC) else name.removesuffix(".gz"))
    draft = directory / f".{name}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        if broken and broken != path:
            broken.unlink()
    except OSError as error:
        raise DataError(f"{path}: the file cannot be written ({reason(error)}).") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return path
