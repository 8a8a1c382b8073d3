"""Fetch MNIST from mirrors, or from a folder that holds it."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mnist_data.contents import FINGERPRINTS, MNIST, TITLES, holds, kind_of_content
from mnist_data.errors import DataError, make_folder, reason
from mnist_data.fetch.download import SourceError, download
from mnist_data.files import FILES, GZIP_MAGIC, IDX_MAGIC, find_file, read_file, unpack

Progress = Callable[[str, int, int | None], None]  # file, bytes so far, bytes in all if known

# Copies kept by the Common Visual Data Foundation, by PyTorch, and by a university group. The
# original page, yann.lecun.com/exdb/mnist, no longer gives the files out.
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
TIMEOUT_S = 20.0


class FetchError(DataError):
    """No mirror had a file of MNIST."""


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
        except SourceError as error:
            # People know the mirrors that they named; the built-in ones would only be noise.
            failures.append(str(error) if mirror in MIRRORS else f"{mirror}: {error}")
    reasons = "; ".join(dict.fromkeys(failures)) or "there is no mirror"
    raise FetchError(f"{name} could not be fetched ({reasons}).")


def _read(mirror: str, name: str, progress: Progress, timeout_s: float) -> bytes:
    folder = _local_folder(mirror)
    if folder is None:
        url = f"{mirror.rstrip('/')}/{name}"
        return download(url, lambda done, total: progress(name, done, total), timeout_s)
    path = find_file(folder, name)
    if path is None:
        raise SourceError("no such file there" if folder.is_dir() else "no such folder")
    try:
        return read_file(path)
    except DataError as error:
        raise SourceError(str(error).rstrip(".")) from error


def _local_folder(mirror: str) -> Path | None:
    """Return the folder that a mirror is, or None for an address on the network."""
    if "://" not in mirror:
        return Path(mirror).expanduser()
    try:
        address = urlsplit(mirror)
    except ValueError as error:
        raise SourceError(f"not an address: {error}") from error
    if address.scheme not in ("http", "https", "file"):
        raise SourceError("expected http, https, file or the path of a folder")
    return Path(url2pathname(address.path)) if address.scheme == "file" else None


def _check(mirror: str, name: str, packed: bytes) -> None:
    """Raise SourceError if the content, packed or not, is not MNIST's."""
    try:
        is_plain = packed.startswith(IDX_MAGIC)
        size = FINGERPRINTS[MNIST][name].size
        kind = kind_of_content(mirror, name, packed if is_plain else unpack(mirror, packed, size))
    except DataError as error:
        raise SourceError(str(error).removeprefix(f"{mirror}: ").rstrip(".")) from error
    if kind != MNIST:
        raise SourceError(f"it is {TITLES[kind]}, not MNIST")


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
