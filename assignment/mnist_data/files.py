"""The four files of a set: their names, where they lie in a folder, and what is in them.

Sets are handed round compressed with gzip or not, and with a dot or a hyphen in
the middle of the name; all of these are read.
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


def accepted_names(name):
    """The names under which a file of the set may lie in a folder.

    Parameters
    ----------
    name : str
        One of `FILES`.

    Returns
    -------
    tuple of str
        Compressed or not, with a hyphen or a dot; the first that is there is read.
    """
    plain = name.removesuffix(".gz")
    dotted = plain.replace("-idx", ".idx")
    return f"{plain}.gz", plain, f"{dotted}.gz", dotted


def find_file(directory, name):
    """Path of a file of the set in a folder, or None where it is missing.

    Parameters
    ----------
    directory : str or Path
        The folder.
    name : str
        One of `FILES`.

    Returns
    -------
    Path or None
        The first of `accepted_names` that is there.
    """
    paths = (Path(directory) / accepted for accepted in accepted_names(name))
    return next((path for path in paths if path.exists()), None)


def find_files(directory, advice=""):
    """Paths of the four files of the set.

    Parameters
    ----------
    directory : str or Path
        The folder that holds them.
    advice : str, optional
        What to do where one is missing, as a main clause.

    Returns
    -------
    list of Path
        In the order of `FILES`.

    Raises
    ------
    DataError
        If the folder or one of the files is missing.
    """
    directory = Path(directory)
    if not directory.is_dir():
        found = "a file" if directory.exists() else "no such folder"
        raise wrong(directory, found, "a folder with the four MNIST files", advice)
    paths = [find_file(directory, name) for name in FILES]
    missing = [name for name, path in zip(FILES, paths, strict=True) if path is None]
    if len(missing) == len(FILES):
        raise wrong(
            directory, "none of the four MNIST files", f"{FILES[0]} and the other three", advice
        )
    if missing:
        raise wrong(directory, f"no {' and no '.join(missing)}", "all four MNIST files", advice)
    return paths


def read_file(path):
    """The bytes of a file as it lies on the disk.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    bytes
        Compressed, where the file is.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read ({reason(error)}).") from error


def unpack(path, packed, max_bytes=MAX_BYTES):
    """Decompress the content of a ``.gz`` file.

    Parameters
    ----------
    path : str or Path
        Where the content is from, for messages.
    packed : bytes
        The content: one or more gzip streams, one after the other.
    max_bytes : int, default=2**30
        Most that may come out.

    Returns
    -------
    bytes
        The decompressed content.

    Raises
    ------
    DataError
        If it is no gzip data, or damaged, cut off, followed by something else, or too large.
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


def _trailing_gzip(path, rest):
    return wrong(path, f"{len(rest):,} bytes after the end of the gzip data", "none")


def _no_gzip(path, content):
    advice = "take .gz off its name" if content.startswith(IDX_MAGIC) else ""
    return wrong(path, describe(content), "gzip data", advice)


def describe(content):
    """Say what some bytes are that are not what they should be.

    Parameters
    ----------
    content : bytes
        All of them.

    Returns
    -------
    str
        A noun phrase.
    """
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


def read_content(path, max_bytes=MAX_BYTES):
    """The content of a file of the set, decompressed where its name ends in ``.gz``.

    Parameters
    ----------
    path : str or Path
        The file.
    max_bytes : int, default=2**30
        Most that may come out.

    Returns
    -------
    bytes
        The IDX data.

    Raises
    ------
    DataError
        If the file cannot be read or decompressed.
    """
    path = Path(path)
    content = read_file(path)
    return unpack(path, content, max_bytes) if path.suffix == ".gz" else content
