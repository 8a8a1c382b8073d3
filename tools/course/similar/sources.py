"""What is compared: the files that students handed in, as a gradebook or a folder has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import SubmissionError
from grader.lab.reference import SOLUTIONS
from grader.submission.files import find_files
from grader.two_layer_net import LAB
from tools.course.batch.observing import notebook_text, source_text
from tools.course.collect.collecting import collect
from tools.course.collect.reader import Reader
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import StoredSubmission
from tools.course.similar.find import find_similar
from tools.course.similar.report import SimilarityReport, Sources
from tools.release import build
from tools.release.sources import NEURAL_NET, NOTEBOOK

Named = dict[str, Sources]  # by student
Found = Iterator[tuple[str, str | None, Sources]]  # student, "system/id" if there is one, files


def similar_in(book: Gradebook, archives: Iterable[Path] = ()) -> SimilarityReport:
    """Return the similar pairs of a gradebook, also with submissions of earlier years."""
    students, earlier = read_class(book, archives)
    return find_similar(students, given=given_sources(), archive=earlier)


def read_class(book: Gradebook, archives: Iterable[Path] = ()) -> tuple[Named, Named]:
    """Return the sources of this class and of earlier years, by name.

    Each archive is a graded folder, or what `nnlab grade` takes. The earlier work of somebody
    who takes the course again is left out if the system's id tells that it is the same person.
    """
    found = list(_stored(book))
    ids = {identity for _, identity, _ in found if identity}
    earlier = {
        f"{name} ({path.name})": sources
        for path in archives
        for name, identity, sources in _archived(path)
        if identity not in ids
    }
    return {name: sources for name, _, sources in found}, earlier


def sources_of(stored: StoredSubmission) -> Sources:
    """Return the files of one student by the names that a report uses."""
    return _sources(stored.source, stored.notebook)


def given_sources() -> Sources:
    """Return the release's own files, which everybody starts from."""
    files = build(SOLUTIONS.parent).files
    return _sources(files[NEURAL_NET].decode(), notebook_text(files[NOTEBOOK]))


def _sources(source: str, notebook: str) -> Sources:
    texts = {NEURAL_NET: source, NOTEBOOK: notebook}
    return {name: text for name, text in texts.items() if text}


def _stored(book: Gradebook) -> Found:
    people = {student.folder: student for student in book.people()}
    for stored in book.submissions():
        student = people[stored.student]
        identity = f"{student.system}/{student.id}" if student.id else None
        yield stored.student, identity, sources_of(stored)


def _archived(path: Path) -> Found:
    if (path / "gradebook.sqlite").is_file():
        with Gradebook(path, write=False) as book:
            yield from _stored(book)
        return
    with Reader() as reader:
        for entry in collect([path]).entries:
            try:
                files = find_files(reader.read(entry), LAB.submission)
            except SubmissionError:
                continue  # there is nothing to compare
            owner = entry.owner
            notebook = notebook_text(files.notebook and files.notebook[1])
            identity = f"{owner.system}/{owner.id}" if owner.id else None
            yield entry.student, identity, _sources(source_text(files), notebook)
