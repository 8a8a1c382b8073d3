"""Proof: what has to hold of a release before it is put in place, read back from its zip.

A list of steps, each a function from what is in the zip to problems. The quick ones come first;
the public checks are rehearsed only where these found nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from grader.errors import KitError
from grader.lab.tasks import TASK_NAMES
from tools.release.blocks import Solution, find_markers
from tools.release.build import TASKS_IN, Handout, raise_problems
from tools.release.leaks import find_leaks
from tools.release.notebook import change_cells, check_clean, mask_magics, read_cells
from tools.release.pack import unpack
from tools.release.place import write_tree
from tools.release.sources import NOTEBOOK
from tools.release.strip import put_back, stub_tasks
from tools.release.text import Flaw, Spot

SUFFIXES = (".py", ".ipynb", ".md", ".txt", ".ini", ".html")
BEST_NET = "best_net.pkl"
REHEARSAL = Path(__file__).with_name("rehearsal.py")
LIMIT_S = 300  # for the whole rehearsal, which takes about two seconds

Files = Mapping[str, bytes]


def prove(release: Handout) -> None:
    """Raise MaterialError with everything that speaks against handing the release out."""
    files = unpack(release.zip)
    if files != dict(release.files):
        raise KitError("The zip contains something other than the release.")
    raise_problems(inspect(release, files))
    raise_problems(rehearse(release, files))


def inspect(release: Handout, files: Files) -> list[Flaw]:
    """What the quick steps find; what is no text is not read any further."""
    foreign = check_names(release, files)
    return foreign or [problem for step in STEPS for problem in step(release, files)]


def check_names(release: Handout, files: Files) -> list[Flaw]:
    """Texts alone: no bytecode, pickle, array, output, editor's or git's file."""
    problems = []
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        hidden = any(part.startswith((".", "__pycache__")) or part.endswith("~") for part in parts)
        if PurePosixPath(name).suffix not in SUFFIXES or hidden:
            expected = f"expected files ending in {', '.join(SUFFIXES)}"
            problems.append(Flaw(Spot(name), f"found a foreign file, {expected}"))
        elif not _is_text(content):
            problems.append(Flaw(Spot(name), "found binary content, expected text"))
    return problems


def check_markers(release: Handout, files: Files) -> list[Flaw]:
    """No marker is left, nor anything that resembles one."""
    texts = ((name, text) for name, content in files.items() for text in _texts(name, content))
    return [problem for name, text in texts for problem in find_markers(Spot(name), text)]


def check_notebook(release: Handout, files: Files) -> list[Flaw]:
    """The notebook holds kinds, ids and sources, and nothing else."""
    return check_clean(Spot(NOTEBOOK), files[NOTEBOOK].decode())


def check_stubs(release: Handout, files: Files) -> list[Flaw]:
    """One stub for each task, and the solutions fit into them to the byte."""
    problems = []
    for name, tasks in TASKS_IN.items():
        stubs = [task for text in _texts(name, files[name]) for task in stub_tasks(text)]
        if sorted(stubs) != sorted(tasks):
            found = f"found stubs for {', '.join(stubs) or 'no task'}"
            problems.append(Flaw(Spot(name), f"{found}, expected {', '.join(tasks)}"))
        if solve(name, files[name], release.solutions) != release.reference[name]:
            found = "found different text after the solutions were put back"
            problems.append(Flaw(Spot(name), f"{found}, expected the reference"))
    return problems


def check_leaks(release: Handout, files: Files) -> list[Flaw]:
    """Nothing of a solution stands anywhere."""
    return find_leaks(release.solutions, files)


def check_syntax(release: Handout, files: Files) -> list[Flaw]:
    """Every file of code compiles, and every cell."""
    problems = []
    for name, content in files.items():
        if name.endswith(".py"):
            problems += _compile(Spot(name), content.decode())
    for number, cell in enumerate(json.loads(files[NOTEBOOK])["cells"], 1):
        if cell["cell_type"] == "code":
            place = Spot(NOTEBOOK, cell=f"cell {number} (id {cell['id']})")
            problems += _compile(place, mask_magics("".join(cell["source"])))
    return problems


Step = Callable[[Handout, Files], list[Flaw]]
STEPS: tuple[Step, ...] = (
    check_markers,
    check_notebook,
    check_stubs,
    check_leaks,
    check_syntax,
)


def rehearse(release: Handout, files: Files) -> list[Flaw]:
    """Import everything and run the public checks, before each task is solved and after it.

    Of the untouched stub every check fails as "not yet" or waits for another task; with the
    solutions put back one by one, the checks of the tasks so far pass and no other.
    """
    stages = [_stage(release, files, TASK_NAMES[:count]) for count in range(len(TASK_NAMES) + 1)]
    answer = _run(files, stages)
    problems = [
        Flaw(Spot("imports"), f"found {error}, expected every module to import")
        for error in answer["imports"]
    ]
    for count, outcomes in enumerate(answer["stages"]):
        problems += judge_stage(TASK_NAMES[:count], outcomes)
    return problems


def judge_stage(done: Sequence[str], outcomes: Mapping[str, str]) -> list[Flaw]:
    """What is not as it should be with these tasks solved and the others not."""
    place = Spot("checks", cell=f"with {done[-1]} put back" if done else "on the stub")
    problems = [
        Flaw(place, f"found no check of {task}, expected at least one")
        for task in TASK_NAMES
        if task not in map(task_of, outcomes)
    ]
    for name, outcome in outcomes.items():
        expected = _expected_outcomes(task_of(name), done)
        if outcome not in expected:
            message = f"found {name}: {outcome}, expected {' or '.join(expected)}"
            problems.append(Flaw(place, message))
    return problems


def _expected_outcomes(task: str | None, done: Sequence[str]) -> tuple[str, ...]:
    if (task or "T#11") not in done:  # checks of no single task need T#5 to T#11
        return ("not yet", "waits")
    # The accuracy of T#12 is measured only where there is data, and here there is none.
    return ("passed", "skipped") if task == "T#12" else ("passed",)


def solve(name: str, content: bytes, solutions: Iterable[Solution]) -> str:
    """A stripped file with these solutions put back."""
    text = content.decode()
    if name == NOTEBOOK:
        return change_cells(text, lambda cell: put_back(cell, solutions))
    return put_back(text, solutions)


def task_of(check: str) -> str | None:
    """The task that a public check belongs to, by its name; None if it needs them all."""
    digits = check.removeprefix("test_t")[:2]
    return f"T#{int(digits)}" if digits.isdigit() else None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _stage(release: Handout, files: Files, done: Sequence[str]) -> dict[str, str]:
    """The files that a student who has done these tasks has changed."""
    solutions = [solution for solution in release.solutions if solution.task in done]
    stage = {name: solve(name, files[name], solutions) for name in TASKS_IN}
    return stage | ({BEST_NET: "saved"} if "T#12" in done else {})


def _texts(name: str, content: bytes) -> list[str]:
    """A file's text; of a notebook the text of each cell."""
    return read_cells(content.decode()) if name == NOTEBOOK else [content.decode()]


def _compile(place: Spot, text: str) -> list[Flaw]:
    try:
        compile(text, str(place), "exec", dont_inherit=True)
    except SyntaxError as error:
        return [Flaw(place.at(error.lineno or 1), f"found no valid Python: {error.msg}")]
    return []


def _run(files: Files, stages: list[dict[str, str]]) -> dict[str, Any]:
    """What the rehearsal says, from a process that knows neither the kit nor this machine."""
    with tempfile.TemporaryDirectory(prefix="nnlab-proof-") as temporary:
        folder = Path(temporary, "release")
        write_tree(folder, files)
        request, answer = Path(temporary, "request.json"), Path(temporary, "answer.json")
        request.write_text(json.dumps(stages), encoding="utf-8")
        command = [sys.executable, "-P", "-B", *map(str, (REHEARSAL, folder, request, answer))]
        try:
            run = subprocess.run(
                command,
                cwd=folder,
                env=_environment(temporary),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise KitError(f"The rehearsal of the release took over {LIMIT_S} seconds.") from error
        if run.returncode or not answer.is_file():
            last = run.stderr.strip().splitlines()[-3:]
            raise KitError(f"The rehearsal of the release stopped: {' / '.join(last)}")
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return result


def _environment(home: str) -> dict[str, str]:
    """What a process needs to start, a home without data, one thread, pytest without plugins."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "HOME": home,
        "USERPROFILE": home,
        "TMPDIR": home,
        "TEMP": home,
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
