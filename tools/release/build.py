"""Build: the author's files become the files that students get, or a list of all mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.errors import MaterialError
from grader.lab.tasks import TASK_NAMES
from tools.release.blocks import Solution, Source, find_markers, parse_source
from tools.release.notebook import parse_notebook
from tools.release.pack import pack
from tools.release.python import NOTEBOOK as IN_NOTEBOOK
from tools.release.python import WHERE, check_python
from tools.release.sources import NEURAL_NET, NOTEBOOK, SourceFile, collect
from tools.release.strip import strip
from tools.release.text import Flaw, check_characters, decode

TASKS_IN = {
    NEURAL_NET: tuple(task for task in TASK_NAMES if WHERE[task] != IN_NOTEBOOK),
    NOTEBOOK: tuple(task for task in TASK_NAMES if WHERE[task] == IN_NOTEBOOK),
}


@dataclass(frozen=True)
class Handout:
    """What students get, and what was taken out of it."""

    files: Mapping[str, bytes]  # by their paths in the release, sorted
    solutions: tuple[Solution, ...]  # in the order of the tasks
    reference: Mapping[str, str]  # the files with solutions, as students would complete them

    @cached_property
    def zip(self) -> bytes:
        """The student zip."""
        return pack(self.files)


def build(project: Path) -> Handout:
    """The release of a checkout, in memory; raises MaterialError with everything that is wrong."""
    sources, problems = collect(project)
    files: dict[str, bytes] = {}
    reference: dict[str, str] = {}
    solutions: list[Solution] = []
    for source in sources:
        text, wrong = decode(source.place, source.content)
        made = _make(source, text)
        problems += wrong + made.problems
        files[source.target] = made.text.encode()
        solutions += made.solutions
        if made.solutions:
            reference[source.target] = made.complete
    problems += _check_tasks(sources, solutions, quiet=bool(problems))
    raise_problems(problems)
    solutions.sort(key=lambda solution: TASK_NAMES.index(solution.task))
    return Handout(files, tuple(solutions), reference)


def raise_problems(problems: Iterable[Flaw]) -> None:
    """All problems as one MaterialError, each once, or nothing if there are none."""
    texts = tuple(dict.fromkeys(map(str, problems)))
    if texts:
        raise MaterialError(texts)


@dataclass(frozen=True)
class _Made:
    """What became of one file."""

    text: str  # as students get it
    complete: str  # with the solutions in it
    solutions: tuple[Solution, ...]
    problems: list[Flaw]


def _make(source: SourceFile, text: str) -> _Made:
    is_code = source.target.endswith(".py")
    problems = check_characters(source.place, text, is_code)
    if source.target == NOTEBOOK:
        notebook, wrong = parse_notebook(source.place, text)
        complete = notebook.write(lambda cell: cell.text)
        return _Made(notebook.write(strip), complete, notebook.solutions, problems + wrong)
    if source.target == NEURAL_NET:
        parsed, wrong = parse_source(source.place, text)
    else:
        parsed, wrong = Source.plain(source.place, text), find_markers(source.place, text)
    if is_code:
        wrong += check_python(parsed)
    return _Made(strip(parsed), text, parsed.solutions, problems + wrong)


def _check_tasks(
    sources: Iterable[SourceFile], solutions: Iterable[Solution], quiet: bool
) -> list[Flaw]:
    """Each task once, and in its file.

    Where it is `quiet`, a task whose marker is in the file is not called missing: what is wrong
    with the marker has been said.
    """
    homes = {task: file for file in sources for task in TASKS_IN.get(file.target, ())}
    problems = []
    seen: dict[str, Solution] = {}
    for solution in solutions:
        found = f"found the block of {solution.task}"
        first = seen.setdefault(solution.task, solution)
        if first is not solution:
            message = f"{found} again, expected only one ({first.place})"
            problems.append(Flaw(solution.place, message))
        home = homes.get(solution.task)
        if home is not None and solution.place.path != home.place.path:
            message = f"{found}, expected it in {home.place.path}"
            problems.append(Flaw(solution.place, message))
    for task, home in homes.items():
        marker = f"# BEGIN SOLUTION {task}"
        if task not in seen and not (quiet and marker.encode() in home.content):
            message = f"found no block of {task}, expected '{marker}' and its end"
            problems.append(Flaw(home.place, message))
    return problems
