"""Fetch MNIST from mirrors, or from a folder that holds it.

A file gets its name in the folder only when all of it is there and its content
is known to be MNIST. Until then it is kept in the user's cache, so that a run
that was broken off can be gone on with.
"""

import hashlib
import os
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mnist_data.contents import FINGERPRINTS, MNIST, TITLES, holds, kind_of_content
from mnist_data.errors import DataError, make_folder, reason
from mnist_data.fetch.cache import cache_folder
from mnist_data.fetch.download import SourceError, download, write_chunk
from mnist_data.files import FILES, GZIP_MAGIC, find_file, read_file, unpack

# Copies kept by the Common Visual Data Foundation, by PyTorch, and by a university group. The
# original page, yann.lecun.com/exdb/mnist, no longer gives the files out.
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Fetched:
    """One file of MNIST that is in place.

    Attributes
    ----------
    path : Path
        Where it lies.
    source : str or None
        The mirror that it came from; None where it was there before.
    """

    path: Path
    source: str | None


def list_mirrors():
    """The base addresses to fetch from, in the order in which they are tried.

    Returns
    -------
    list of str
        Those in `MNIST_MIRROR`, separated by spaces or commas, before the built-in ones.
    """
    named = os.environ.get("MNIST_MIRROR", "").strip()
    if named and Path(named).is_dir():  # a folder's name may have spaces and commas in it
        return [named, *MIRRORS]
    return [*named.replace(",", " ").split(), *MIRRORS]


def fetch_mnist(directory, mirrors=None, progress=None, say=None, timeout_s=TIMEOUT_S):
    """Put MNIST into a folder; files that are there already stay as they are.

    Parameters
    ----------
    directory : str or Path
        The folder, which is made if need be.
    mirrors : sequence of str, optional
        Base addresses: http, https or file, or paths of folders; by default `list_mirrors`.
    progress : callable, optional
        Called as ``progress(name, done, total)``, in bytes, while a file arrives; `total` is
        None where it is not known.
    say : callable, optional
        Called with a sentence about each mirror that was of no use.
    timeout_s : float, default=20.0
        Seconds without a word from a server after which it is given up.

    Returns
    -------
    list of Fetched
        The four files.

    Raises
    ------
    DataError
        If a file is to be had from no mirror, or the folder holds another set of data under the
        same names, or cannot be written to. The files that did arrive stay.
    """
    directory = make_folder(directory)
    mirrors = list(list_mirrors() if mirrors is None else mirrors)
    progress = progress or (lambda name, done, total: None)
    say = say or (lambda sentence: None)
    there = {name for name in FILES if holds(directory, name, MNIST)}
    if len(there) < len(FILES):
        _check_writable(directory)
    fetched = []
    with ExitStack() as stack:
        parts = _folder_of_parts(stack)
        for name in FILES:
            if name in there:
                fetched.append(Fetched(find_file(directory, name), None))
                continue
            packed, mirror = _fetch_file(name, mirrors, parts, progress, say, timeout_s)
            fetched.append(Fetched(_put(directory, name, packed), mirror))
            mirrors.sort(key=lambda other: other != mirror)  # the one that works comes first
    return fetched


def _check_writable(directory):
    """Find out before a download, not after it."""
    try:
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise DataError(
            f"{directory}: the folder cannot be written to ({reason(error)})."
        ) from error


def _folder_of_parts(stack):
    with suppress(DataError):
        folder = make_folder(cache_folder() / "partial")
        if os.access(folder, os.W_OK):
            return folder
    # Without a cache of their own, unfinished files do not outlive the run.
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nnlab-")))


def _fetch_file(name, mirrors, parts, progress, say, timeout_s):
    """Content of the file as it is to be stored, and the mirror that had it."""
    failures = []
    for mirror in mirrors:
        try:
            if folder := _local_folder(mirror):
                return _copy(folder, name), mirror
            url = f"{mirror.rstrip('/')}/{name}"
            return _fetch(url, name, parts, progress, timeout_s), mirror
        except SourceError as error:
            failures.append(f"{mirror}: {error}")
            say(f"{name} is not to be had from {mirror}: {error}.")
    expected = FINGERPRINTS[MNIST][name]
    tried = "; ".join(failures) or "no mirror was named"
    raise DataError(
        f"{name} could not be fetched ({tried}), "
        f"expected {expected.size:,} bytes of content with SHA-256 {expected.sha256}."
    )


def _local_folder(mirror):
    """The folder that a mirror is; None for one on the network."""
    if "://" not in mirror:
        return Path(mirror).expanduser()
    try:
        address = urlsplit(mirror)
    except ValueError as error:
        raise SourceError(f"it is no address ({error})") from error
    if address.scheme not in ("http", "https", "file"):
        raise SourceError("expected http, https, file or the path of a folder")
    return Path(unquote(address.path)) if address.scheme == "file" else None


def _copy(folder, name):
    path = find_file(folder, name)
    if path is None:
        raise SourceError("no such file there" if folder.is_dir() else "no such folder")
    try:
        content = read_file(path)
    except DataError as error:
        raise SourceError(str(error).rstrip(".")) from error
    _check(path, name, content)
    return content


def _fetch(url, name, parts, progress, timeout_s):
    part = parts / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{name}"
    while True:
        goes_on = part.exists()
        try:
            content = download(
                url, part, lambda done, total: progress(name, done, total), timeout_s
            )
            _check(url, name, content)
        except DataError:  # the disk is full: what is there is of no use, and in the way
            part.unlink(missing_ok=True)
            raise
        except _WrongContentError:
            part.unlink()
            if not goes_on:
                raise
            # The beginning may have been of another version of the file: once more, from scratch.
        else:
            part.unlink()
            return content


class _WrongContentError(SourceError):
    """All of the file came, but it is not what it should be."""


def _check(source, name, packed):
    expected = FINGERPRINTS[MNIST][name]
    try:
        content = packed
        if packed.startswith(GZIP_MAGIC) or not packed.startswith(b"\0\0"):
            content = unpack(source, packed, expected.size)
        kind = kind_of_content(source, name, content)
    except DataError as error:
        raise _WrongContentError(_without(source, error)) from error
    if kind != MNIST:
        raise _WrongContentError(f"it is {TITLES[kind]}, not MNIST")


def _without(source, error):
    return str(error).removeprefix(f"{source}: ").rstrip(".")


def _put(directory, name, packed):
    """Store a file in one step; a broken one of the same name, or in its way, is replaced."""
    broken = find_file(directory, name)
    path = directory / (name if packed.startswith(GZIP_MAGIC) else name.removesuffix(".gz"))
    draft = directory / f".{name}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            write_chunk(file, packed)
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
