"""Build: the author's files become the files that students get, or a list of all mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.errors import MaterialError
from grader.tasks import TASK_NAMES
from tools.release.blocks import Solution, Source, find_markers, parse_source
from tools.release.notebook import parse_notebook
from tools.release.pack import pack
from tools.release.python import NOTEBOOK as IN_NOTEBOOK
from tools.release.python import WHERE, check_python
from tools.release.sources import NEURAL_NET, NOTEBOOK, SourceFile, collect
from tools.release.strip import strip
from tools.release.text import Place, Problem, check_characters, decode

TASKS_IN = {
    NEURAL_NET: tuple(task for task in TASK_NAMES if WHERE[task] != IN_NOTEBOOK),
    NOTEBOOK: tuple(task for task in TASK_NAMES if WHERE[task] == IN_NOTEBOOK),
}


@dataclass(frozen=True)
class Release:
    """What students get, and what was taken out of it."""

    files: Mapping[str, bytes]  # by their paths in the release, sorted
    solutions: tuple[Solution, ...]  # in the order of the tasks
    reference: Mapping[str, str]  # the files with solutions, as students would complete them

    @cached_property
    def zip(self) -> bytes:
        """The student zip."""
        return pack(self.files)


def build(project: Path) -> Release:
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
    problems += _check_tasks({source.target: source.place for source in sources}, solutions)
    raise_problems(problems)
    solutions.sort(key=lambda solution: TASK_NAMES.index(solution.task))
    return Release(files, tuple(solutions), reference)


def raise_problems(problems: Iterable[Problem]) -> None:
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
    problems: list[Problem]


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


def _check_tasks(places: Mapping[str, Place], solutions: Iterable[Solution]) -> list[Problem]:
    """Each task once, and in its file."""
    problems = []
    seen: dict[str, Solution] = {}
    expected_path = {
        task: places[target].path
        for target, tasks in TASKS_IN.items()
        for task in tasks
        if target in places
    }
    for solution in solutions:
        first = seen.setdefault(solution.task, solution)
        if first is not solution:
            found = f"found the block of {solution.task} again"
            problems.append(Problem(solution.place, f"{found}, expected one alone ({first.place})"))
        expected = expected_path.get(solution.task, "another file")
        if solution.place.path != expected:
            found = f"found the block of {solution.task}"
            problems.append(Problem(solution.place, f"{found}, expected it in {expected}"))
    for task, path in expected_path.items():
        if task not in seen:
            found = f"found no block of {task}, expected '# BEGIN SOLUTION {task}' and its end"
            problems.append(Problem(Place(path), found))
    return problems
