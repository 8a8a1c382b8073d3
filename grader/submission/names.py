"""Names out of archives and folders: made safe, told apart from noise, made showable."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_SUFFIXES = (".tar.gz", ".tar.xz", ".tgz", ".tar", ".zip", ".rar", ".7z", ".ipynb", ".py", ".gz")
_PART_BYTES = 255  # the most that common file systems take
_PATH_BYTES = 1024

_NOISE_FOLDERS = frozenset(
    (
        *("__macosx", ".trash", ".trashes", ".spotlight-v100", ".fseventsd"),
        *(".ipynb_checkpoints", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"),
        *("venv", ".venv", "virtualenv", "site-packages", "dist-packages", "node_modules"),
        *(".tox", ".nox", ".eggs", ".git", ".hg", ".svn", ".idea", ".vscode", ".vs"),
        "mnist_data",
    )
)
_NOISE_FILE = re.compile(
    r"\._.*|\.ds_store|thumbs\.db|desktop\.ini|icon\r|pyvenv\.cfg|\.gitignore|\.gitattributes"
    r"|.*~|#.*#|\.#.*|~\$.*|.*\.(sw[a-p]|bak|orig|rej|tmp|py[cod])"
    r"|.*-checkpoint\.(ipynb|py)|.*-ubyte(\.gz)?",
)
_PYTHON_HOME = re.compile(r"(^|/)lib(64)?/python3[^/]*/", re.IGNORECASE)


class UnsafeName(ValueError):
    """Why an entry is left out; the text completes "<name> …"."""


def clean_path(raw: str, depth: int) -> str:
    """The path inside the submission, with forward slashes, in normal form C.

    Raises UnsafeName for whatever could not be unpacked on every system, or leads elsewhere.
    """
    path = unicodedata.normalize("NFC", raw.replace("\\", "/"))
    if path.startswith("/") or _DRIVE.match(path):
        raise UnsafeName("is an absolute path")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise UnsafeName("is not a name")
    if len(parts) > depth:
        raise UnsafeName(f"is deeper than {depth} folders")
    for part in parts:
        _check_part(part)
    clean = "/".join(parts)
    if len(clean.encode("utf-8", "surrogatepass")) > _PATH_BYTES:
        raise UnsafeName("has too long a path")
    return clean


def _check_part(part: str) -> None:
    if not part.strip(". "):
        raise UnsafeName("leads outside the submission")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in part):
        raise UnsafeName("has control characters in its name")
    if len(part.encode()) > _PART_BYTES:
        raise UnsafeName("has too long a name")
    if _RESERVED.fullmatch(part.rstrip(". ")):
        raise UnsafeName("has a name that Windows reserves")


def decode_name(raw: bytes, code_page: str = "cp437") -> str:
    """A name of unknown encoding: UTF-8 where it is that, else the code page, else CP437."""
    for encoding in ("utf-8", code_page):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")  # has a letter for each byte


def same_file_key(path: str) -> str:
    """Equal for paths that are one file where case or Unicode's normal form does not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def is_noise(path: str) -> bool:
    """Whether a path is what systems and editors leave behind, and not a student's work."""
    *folders, name = path.casefold().split("/")
    return (
        any(folder in _NOISE_FOLDERS for folder in folders)
        or _NOISE_FILE.fullmatch(name) is not None
        or _PYTHON_HOME.search(path) is not None
    )


def is_noise_folder(name: str) -> bool:
    """Whether everything below a folder of this name is noise."""
    return name.casefold() in _NOISE_FOLDERS


def shown(text: str, limit: int = 80) -> str:
    """A student's text in quotes for a message: printable, one line, of bounded length."""
    printable = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text
    )
    if len(printable) > limit:
        half = (limit - 1) // 2
        printable = f"{printable[:half]}…{printable[-half:]}"
    return f"'{printable}'"


def slug(text: str, limit: int = 60) -> str:
    """A readable name that is safe as a folder name everywhere: lower-case a-z, 0-9, ``-`` ``_``.

    Texts that have no such letters, or more of them than fit, get a few digits of their digest,
    so that different names seldom become one slug. Never empty, never a reserved name.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    ascii_only = "".join(char for char in plain if not unicodedata.combining(char))
    safe = re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_")
    foreign = any(char.isalnum() and not char.isascii() for char in ascii_only)
    if len(safe) > limit or foreign or not safe or _RESERVED.fullmatch(safe):
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        safe = f"{safe[: limit - 7].strip('-_')}-{digest}".lstrip("-")
    return safe


def stem(name: str) -> str:
    """A name without the suffix of an archive, notebook or source file."""
    for suffix in _SUFFIXES:
        if name.casefold().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
