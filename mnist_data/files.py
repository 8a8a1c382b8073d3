"""The four files of a set: their names, where they are in a folder, and their content.

People share these sets packed with gzip or not, and with a dot or a hyphen in
the middle of the name. All of these are read.
"""

import zlib
from pathlib import Path

from mnist_data.errors import DataError, reason, wrong

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

GZIP_MAGIC = b"\x1f\x8b"
IDX_MAGIC = b"\x00\x00\x08"
MAX_BYTES = 1 << 30  # twenty times MNIST: enough for any set, too little to fill a machine


def accepted_names(name: str) -> tuple[str, ...]:
    """Return the names that one of `FILES` may have in a folder; the first one there is read."""
    plain = name.removesuffix(".gz")
    dotted = plain.replace("-idx", ".idx")
    return f"{plain}.gz", plain, f"{dotted}.gz", dotted


def find_file(directory: str | Path, name: str) -> Path | None:
    """Return the path of one of `FILES`, or None if it is missing."""
    paths = (Path(directory) / accepted for accepted in accepted_names(name))
    return next((path for path in paths if path.exists()), None)


def find_files(directory: str | Path, advice: str = "") -> list[Path]:
    """Return the paths of the four files of the set, in the order of `FILES`.

    Raises DataError, with `advice`, if the folder or one of the files is missing.
    """
    directory = Path(directory)
    if not directory.is_dir():
        found = "a file" if directory.exists() else "no such folder"
        raise wrong(directory, found, "a folder with the four MNIST files", advice)
    paths = {name: path for name in FILES if (path := find_file(directory, name))}
    missing = [name for name in FILES if name not in paths]
    if len(missing) == len(FILES):
        expected = f"{FILES[0]} and the other three"
        raise wrong(directory, "none of the four MNIST files", expected, advice)
    if missing:
        raise wrong(directory, f"no {' and no '.join(missing)}", "all four MNIST files", advice)
    return list(paths.values())


def read_file(path: str | Path) -> bytes:
    """Return the bytes of a file as they are on the disk; DataError if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read ({reason(error)}).") from error


def read_content(path: str | Path) -> bytes:
    """Return the IDX data in a file, unpacked if the file's name ends in ``.gz``.

    Raises DataError if the file cannot be read or unpacked.
    """
    content = read_file(path)
    return unpack(path, content) if Path(path).suffix == ".gz" else content


def unpack(path: str | Path, packed: bytes, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of one or more gzip streams in a row; `path` is for messages.

    Raises DataError if it is not gzip data, or is damaged, cut off, followed by something else, or
    holds more than `max_bytes`.
    """
    if not packed:
        raise _no_gzip(path, packed)
    pieces = []
    rest = packed
    while rest:
        if not rest.startswith(GZIP_MAGIC):
            raise _no_gzip(path, packed) if rest is packed else _trailing_gzip(path, rest)
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: with gzip's header and sum
        try:
            pieces.append(stream.decompress(rest, max_bytes + 1))
        except zlib.error as error:
            raise wrong(path, f"damaged gzip data ({error})", "an intact file") from error
        if sum(map(len, pieces)) > max_bytes:
            raise wrong(path, f"more than {max_bytes:,} bytes inside", f"{max_bytes:,} at most")
        if not stream.eof:
            found = f"gzip data that breaks off after {len(packed):,} bytes"
            raise wrong(path, found, "a whole file")
        rest = stream.unused_data.lstrip(b"\0")  # gzip allows zeros as padding
    return b"".join(pieces)


def _trailing_gzip(path: str | Path, rest: bytes) -> DataError:
    return wrong(path, f"{len(rest):,} bytes after the end of the gzip data", "none")


def _no_gzip(path: str | Path, content: bytes) -> DataError:
    advice = "remove .gz from its name" if content.startswith(IDX_MAGIC) else ""
    return wrong(path, describe(content), "gzip data", advice)


def describe(content: bytes) -> str:
    """Say what some unexpected bytes are, as a noun phrase."""
    if not content:
        return "an empty file"
    if content.startswith(b"version https://git-lfs"):
        return f'a Git LFS pointer of {len(content)} bytes ("git lfs pull" gets the file itself)'
    if content.lstrip()[:1] == b"<":
        return "a web page or XML"
    if content.startswith(GZIP_MAGIC):
        return "gzip data"
    if content.startswith(IDX_MAGIC):
        return "IDX data that is not compressed"
    return f"data that begins with the bytes {content[:4].hex(' ')}"
