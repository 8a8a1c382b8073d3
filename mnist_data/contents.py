"""Tell what the files of a set hold: MNIST, the offline digits, or something else.

Several sets share MNIST's file names and sizes, and the same set comes packed
in different ways. So the digest of the unpacked content decides.
"""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from mnist_data.errors import DataError, wrong
from mnist_data.files import FILES, find_file, find_files, read_content, read_file
from mnist_data.idx import parse_images, parse_labels

MNIST, SYNTHETIC, FASHION, UNKNOWN = "mnist", "synthetic", "fashion-mnist", "unknown"
TITLES = {
    MNIST: "MNIST",
    SYNTHETIC: "the offline digits",
    FASHION: "Fashion-MNIST",
    UNKNOWN: "digits of unknown origin",
}


@dataclass(frozen=True)
class Fingerprint:
    """What identifies the unpacked content of a file."""

    size: int  # bytes
    crc32: int  # the checksum that gzip keeps at the end of a file: a quick look
    sha256: str  # the digest that decides


def fingerprint(content: bytes) -> Fingerprint:
    """Return the fingerprint of unpacked IDX data."""
    return Fingerprint(len(content), zlib.crc32(content), hashlib.sha256(content).hexdigest())


# The sets that the lab uses, each with the four files in the order of FILES: bytes, checksum and
# digest of their content. Those of MNIST are the files as first published.
_KNOWN = """
mnist     47040016 e9f4d8b3 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
mnist        60008 e0cb4ad2 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
mnist      7840016 91373bdf 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
mnist        10008 4ab9eff9 ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
synthetic 47040016 2176bef6 7676a0c9026e38fd7120eaec95a19b0def21df640a3b06fd7f0797b133651737
synthetic    60008 8b9b6db7 0552946870dba93887a4cb7a386a749721eddd90b805faf3878d4851004b5e14
synthetic  7840016 12c39142 7a6f54f5f64942195502a18dbdaacc4c74b8e42a44190c2e0589c209ee41af9a
synthetic    10008 4d2ee4f0 700417d15cdad5acc74fa6b6efbb4a988ea74153b4a2afb5a9a8aaac26d3622e
"""


def _read_known() -> dict[str, dict[str, Fingerprint]]:
    known: dict[str, dict[str, Fingerprint]] = {MNIST: {}, SYNTHETIC: {}}
    for row, name in zip(_KNOWN.split("\n")[1:-1], 2 * FILES, strict=True):
        kind, size, crc32, sha256 = row.split()
        known[kind][name] = Fingerprint(int(size), int(crc32, 16), sha256)
    return known


FINGERPRINTS = _read_known()

# A set that is often taken for MNIST, by the only digests that are published of it, as in FILES.
_FASHION = """
f4a8712d7a061bf5bd6d2ca38dc4d50a 9018921c3c673c538a1fc5bad174d6f9
8181f5470baa50b63fa0f6fddb340f0a 15d484375f8d13e6eb1aabb0c3f46965
"""
FASHION_MD5 = dict(zip(FILES, _FASHION.split(), strict=True))


def kind_of_content(path: str | Path, name: str, content: bytes) -> str:
    """Return which set the IDX data of one of `FILES` belongs to: a key of `TITLES`.

    Raises DataError, which names `path`, if it belongs to no known set and is not well formed.
    """
    found = fingerprint(content)
    for kind, files in FINGERPRINTS.items():
        if files.get(name) == found:
            return kind
    if hashlib.md5(content, usedforsecurity=False).hexdigest() == FASHION_MD5[name]:
        return FASHION
    parse = parse_images if "images" in name else parse_labels
    parse(path, content)
    return UNKNOWN


def kind_of_file(path: str | Path, name: str) -> str:
    """Read one of `FILES` and return which set it belongs to: a key of `TITLES`.

    Raises DataError if the file cannot be read, or belongs to no known set and is not well formed.
    """
    return kind_of_content(path, name, read_content(path))


def holds(directory: str | Path, name: str, wanted: str) -> bool:
    """Tell whether a folder has a sound file of the wanted set; if not, it may be put there.

    Raises DataError if there is a sound file of another set, which must not be lost.
    """
    path = find_file(directory, name)
    if path is None:
        return False
    try:
        kind = kind_of_file(path, name)
    except DataError:
        return False
    if kind != wanted:
        advice = "name another folder, or remove it"
        raise wrong(path, TITLES[kind], f"{TITLES[wanted]} or no file", advice)
    return True


def kind_of_folder(directory: str | Path, thorough: bool = False) -> str:
    """Return which set the four files of a folder make up: "mnist" or "synthetic".

    A thorough look reads everything, in a quarter of a second. Otherwise the checksum at the end of
    a packed file is trusted, which tells sets apart but does not find damage. Raises DataError if a
    file is missing or broken, or the files are not of one of these two sets.
    """
    paths = find_files(directory)
    kinds = [
        (None if thorough else _quick_kind(path, name)) or kind_of_file(path, name)
        for path, name in zip(paths, FILES, strict=True)
    ]
    for path, kind in zip(paths, kinds, strict=True):
        if kind not in FINGERPRINTS:
            raise wrong(path, TITLES[kind], "MNIST or the offline digits")
        if kind != kinds[0]:
            found = f"a file of {TITLES[kind]}"
            raise wrong(path, found, f"one of {TITLES[kinds[0]]}, like {paths[0].name}")
    return kinds[0]


def _quick_kind(path: Path, name: str) -> str | None:
    packed = read_file(path)
    if path.suffix == ".gz":  # ends with the checksum and size of its content
        crc32 = int.from_bytes(packed[-8:-4], "little")
        size = int.from_bytes(packed[-4:], "little")
    else:
        crc32, size = zlib.crc32(packed), len(packed)
    for kind, files in FINGERPRINTS.items():
        known = files.get(name)
        if known and (known.size, known.crc32) == (size, crc32):
            return kind
    return None
