"""Which file of a submission plays which part."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.submission.format import SubmissionFormat
from grader.submission.names import shown
from grader.submission.source import (
    class_from_cells,
    code_cells,
    decode_source,
    defines_class,
    is_untouched,
)
from grader.submission.submission import Finding, Submission

SOURCE_BYTES = 1 << 20  # of one source file; the reference has 8,000
MODULES = 32  # of the student's own besides the class
_NOTEBOOK_CODE = 4 << 20  # letters; each million lines of a hostile one would cost us a second

File = tuple[str, bytes]  # path inside the submission, content

_COPY = re.compile(
    r"[ _]?\((\d+)\)$|-(\d+)$|[ _-]+(?:copy|kopie|copie|copia)(?:[ _]?\(?(\d+)\)?)?$"
)
_SUFFIX = re.compile(r"\.(py|ipynb|pkl|pickle|npz)(\.txt)?$")
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_OLD_PICKLE = re.compile(rb"[(c\]}]")  # protocols 0 and 1 have no signature, but begin like this
_GIVEN_TESTS = re.compile(r"(^|/)((tests?|checks)/|test_[^/]*\.py$|conftest\.py$|setup\.py$)")


@dataclass(frozen=True)
class SubmissionFiles:
    """The files that count; None where a part is missing, which costs that part's tasks alone."""

    source: (
        File | None
    )  # becomes the module with the class; UTF-8 if it was taken from the notebook
    notebook: File | None
    saved: File | None  # what the student saved for the last task
    # By content, not by name: "pickle", "npz", "npy", "gzip" or "unknown".
    saved_kind: str | None = None
    modules: Mapping[str, File] = field(default_factory=dict)  # import name -> file; not `source`
    findings: tuple[Finding, ...] = ()


def find_files(submission: Submission, form: SubmissionFormat) -> SubmissionFiles:
    """Decide which file plays which part; what was decided beyond the plain case is a finding."""
    findings: list[Finding] = []
    files = submission.files
    notebook = _find_notebook(files, form, findings)
    source = _find_source(files, form, findings)
    if source is None or is_untouched(decode_source(source[1]), form.stub_tasks):
        source = _source_from_notebook(files, form, notebook, source, findings) or source
    saved = _find_saved(files, form, findings)
    return SubmissionFiles(
        source=source,
        notebook=notebook,
        saved=saved,
        saved_kind=saved and _saved_kind(saved, form, findings),
        modules=_find_modules(files, form, source, findings),
        findings=tuple(findings),
    )


# names


def plain_name(name: str) -> tuple[str, int]:
    """A file name without what copying adds to it, and the number of the copy (0 for none).

    ``Neural_Net (2).PY`` and ``neural-net-2.py.txt`` are ``neuralnet.py``, copy 2.
    """
    folded = name.casefold()
    suffix = _SUFFIX.search(folded)
    stem, ending = (folded[: suffix.start()], suffix[1]) if suffix else (folded, "")
    number = 0
    while found := _COPY.search(stem):
        stem = stem[: found.start()]
        number = max(number, int(next((digits for digits in found.groups() if digits), "1")[:9]))
    return re.sub(r"[ _-]", "", stem) + ("." + ending if ending else ""), number


def _slug(what: str) -> str:
    return what.replace(" ", "-")


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _is_named(path: str, names: Iterable[str]) -> bool:
    return plain_name(_base(path))[0] in {plain_name(name)[0] for name in names}


def _shallow_first(path: str) -> tuple[int, int, str]:
    """Order among files that fit a name equally well; of copies the newest first."""
    return path.count("/"), -plain_name(_base(path))[1], path


def _choose(
    what: str, candidates: list[str], tier: Callable[[str], int], findings: list[Finding]
) -> str | None:
    """The best candidate: lowest tier, then least deep; several of one tier are reported."""
    if not candidates:
        return None
    ordered = sorted(candidates, key=lambda path: (tier(path), _shallow_first(path)))
    best, *others = ordered
    if rivals := [path for path in others if tier(path) == tier(best)]:
        also = ", ".join(shown(path) for path in rivals[:3])
        more = f" and {len(rivals) - 3} more" if len(rivals) > 3 else ""
        message = f"The grader used {shown(best)} as the {what}; there is also {also}{more}."
        findings.append(Finding(f"several-{_slug(what)}s", message))
    return best


def _report_name(what: str, path: str, expected: Iterable[str], findings: list[Finding]) -> None:
    if _base(path) not in expected:
        wanted = " or ".join(expected)
        message = f"The grader used {shown(path)} as the {what}; it should be named {wanted}."
        findings.append(Finding(f"{_slug(what)}-renamed", message))


# the source


def _find_source(
    files: Mapping[str, bytes], form: SubmissionFormat, findings: list[Finding]
) -> File | None:
    named = [path for path in files if _is_named(path, [form.source])]
    path = _choose("source file", named, lambda path: _source_tier(path, files, form), findings)
    if path is None:
        path = _source_by_content(files, form, findings)
    if path is None:
        return None
    _report_name("source file", path, [form.source], findings)
    if len(files[path]) > SOURCE_BYTES:
        message = f"{shown(path)} is larger than 1 MiB and was not read."
        findings.append(Finding("source-file-too-large", message))
        return None
    return path, files[path]


def _source_tier(path: str, files: Mapping[str, bytes], form: SubmissionFormat) -> int:
    folder = _base(_parent(path))
    if not files[path].strip():
        return 4
    if _base(path) == form.source:
        return 0 if folder == form.package else 1
    return 2 if folder.casefold() == form.package else 3


def _source_by_content(
    files: Mapping[str, bytes], form: SubmissionFormat, findings: list[Finding]
) -> str | None:
    small = (path for path in files if len(files[path]) <= SOURCE_BYTES)
    own = [path for path in small if path.casefold().endswith(".py")]
    holders = [
        path
        for path in own
        if not _GIVEN_TESTS.search(path)
        and defines_class(decode_source(files[path]), form.class_name)
    ]
    return _choose("source file", holders, lambda _: 0, findings)


def _source_from_notebook(
    files: Mapping[str, bytes],
    form: SubmissionFormat,
    notebook: File | None,
    untouched: File | None,
    findings: list[Finding],
) -> File | None:
    others = sorted(_notebooks(files), key=lambda path: -len(files[path]))
    for path in dict.fromkeys([*([notebook[0]] if notebook else []), *others]):
        cells = code_cells(files[path]) or []
        if sum(map(len, cells)) > _NOTEBOOK_CODE:
            continue
        text = class_from_cells(cells, form.class_name)
        if text is not None and len(text) <= SOURCE_BYTES:
            why = (
                f"{shown(untouched[0])} is unchanged" if untouched else f"There is no {form.source}"
            )
            message = f"{why}; the grader used the class in the notebook {shown(path)}."
            findings.append(Finding("source-from-notebook", message))
            return path, text.encode("utf-8", "replace")
    return None


# the notebook


def _notebooks(files: Mapping[str, bytes]) -> list[str]:
    return [path for path in files if path.casefold().endswith((".ipynb", ".ipynb.txt"))]


def _find_notebook(
    files: Mapping[str, bytes], form: SubmissionFormat, findings: list[Finding]
) -> File | None:
    """The expected name, then that name as copies have it, then the largest."""
    books = _notebooks(files)
    named = [path for path in books if _is_named(path, [form.notebook])]
    path = _choose("notebook", named, lambda path: int(_base(path) != form.notebook), findings)
    if path is None and books:
        path = min(books, key=lambda path: (-len(files[path]), _shallow_first(path)))
    if path is None:
        return None
    _report_name("notebook", path, [form.notebook], findings)
    return path, files[path]


# the saved file


def _find_saved(
    files: Mapping[str, bytes], form: SubmissionFormat, findings: list[Finding]
) -> File | None:
    if not form.saved:
        return None
    named = [path for path in files if _is_named(path, (*form.saved, *form.saved_also))]
    saved = [path for path in files if path.casefold().endswith((".pkl", ".pickle", ".npz"))]
    if not named and len(saved) == 1:
        named = saved

    def tier(path: str) -> int:
        if _kind_by_content(files[path]) is None:  # empty, a web page, a pointer of Git LFS
            return len(form.saved) + 1
        name = _base(path)
        return form.saved.index(name) if name in form.saved else len(form.saved)

    path = _choose(form.saved_title, named, tier, findings)
    if path is None:
        return None
    _report_name(form.saved_title, path, form.saved, findings)
    return path, files[path]


def _saved_kind(file: File, form: SubmissionFormat, findings: list[Finding]) -> str:
    """One of the kinds of `SubmissionFiles.saved_kind`, by the first bytes."""
    path, data = file
    kind = _kind_by_content(data)
    if kind is None:
        message = f"{shown(path)} is neither a pickle nor an npz file{_pointer(data)}."
        findings.append(Finding(f"{_slug(form.saved_title)}-unknown", message))
        return "unknown"
    if kind != _kind_by_name(path.casefold()):
        message = f"{shown(path)} is {_KIND_WORDS[kind]}, although its name says otherwise."
        findings.append(Finding(f"{_slug(form.saved_title)}-misnamed", message))
    return kind


def _kind_by_content(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        return "npz"
    if _PICKLE.match(data) or (_OLD_PICKLE.match(data) and data.endswith(b".")):
        return "pickle"
    if data.startswith(b"\x93NUMPY"):
        return "npy"
    return "gzip" if data.startswith(b"\x1f\x8b") else None


_KIND_WORDS = {
    "pickle": "a pickle",
    "npz": "an npz file",
    "npy": "an npy file",
    "gzip": "a gzip file",
}


def _kind_by_name(path: str) -> str:
    endings = {".npz": "npz", ".npy": "npy", ".gz": "gzip"}
    return next((kind for ending, kind in endings.items() if ending in path), "pickle")


def _pointer(data: bytes) -> str:
    if not data:
        return ", because it is empty"
    return ", but a Git LFS pointer" if data.startswith(b"version https://git-lfs") else ""


# other modules


def _find_modules(
    files: Mapping[str, bytes],
    form: SubmissionFormat,
    source: File | None,
    findings: list[Finding],
) -> dict[str, File]:
    """Python files by import name: the package first, then what stands beside it."""
    if source is None:
        return {}
    modules: dict[str, File] = {}
    skipped: list[str] = []
    for name, path in _importable(files, form.package, source[0]):
        if name in modules or name == form.main:
            continue
        if len(modules) == MODULES or len(files[path]) > SOURCE_BYTES:
            skipped.append(path)
        else:
            modules[name] = path, files[path]
    if skipped:
        more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        message = (
            f"The grader reads at most {MODULES} Python files of 1 MiB each beside the class. It "
            f"left out {shown(skipped[0])}{more}."
        )
        findings.append(Finding("modules-left-out", message))
    return modules


def _importable(files: Mapping[str, bytes], package: str, source: str) -> Iterator[tuple[str, str]]:
    """Import name and path of each Python file, nearest first."""
    folder = _parent(source)
    in_package = _base(folder).casefold() == package
    root = _parent(folder) if in_package else folder
    own = [path for path in files if path.endswith(".py") and path != source]
    own = [path for path in own if not _GIVEN_TESTS.search(path)]
    for path in sorted(own, key=_shallow_first):
        inner = _below(path, folder)
        # If the class is not in a package, only files in its folder can belong to it.
        is_member = inner and (in_package or "/" not in inner)
        if inner and is_member and (name := _import_name(inner, package)):
            yield name, path
    for path in sorted(own, key=_shallow_first):
        inner = _below(path, root)
        if inner and not (in_package and _below(path, folder)) and (name := _import_name(inner)):
            yield name, path


def _below(path: str, folder: str) -> str | None:
    """The path as seen from a folder; None if it lies elsewhere."""
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else None


def _import_name(inner: str, package: str = "") -> str | None:
    parts = inner.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    parts = [*([package] if package else []), *parts]
    if not parts or not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        return None
    return ".".join(parts)
