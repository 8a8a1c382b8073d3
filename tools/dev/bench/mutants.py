"""Breaks the judging and stripping code in small ways, in a copy, and counts what tests notice.

`make mutants`. cosmic-ray makes the mutants; a seeded sample of each module is run, since all of
them with these tests would take a day. Survivors are printed as they read, to be looked at.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.common.machine import ONE_BLAS_THREAD
from tools.dev.bench.machine import describe
from tools.dev.bench.peers.environments import python_of, versions_of

PROJECT = Path(__file__).resolve().parents[3]
COPIED = ("grader", "tools", "mnist_data", "solutions", "tests", "assignment", "docs")
FILES = ("pyproject.toml", "README.md", "Makefile")

_NETWORK = ("tests/grader/lab/test_network_checks.py",)
_RECORD = ("tests/grader/lab/test_record_checks.py",)
# What is broken -> the quickest tests that should notice, since whoever grades whole submissions
# notices nearly everything and takes a minute.
TARGETS = {
    "grader/engine/compare.py": ("tests/grader/engine/test_compare.py",),
    "grader/sandbox/guest/frames.py": ("tests/grader/sandbox/guest/test_frames.py",),
    "tools/release/strip.py": (
        "tests/tools/release/test_python.py",
        "tests/tools/release/test_laws.py",
    ),
    "tools/release/blocks.py": ("tests/tools/release/test_blocks.py",),
    "tools/release/markers.py": ("tests/tools/release/test_markers.py",),
    "grader/engine/protocol.py": ("tests/grader/engine/test_protocol.py",),
    "grader/lab/functional.py": ("tests/grader/lab/test_functional.py", *_NETWORK),
    "grader/engine/judge.py": (
        "tests/grader/engine/test_judge.py",
        "tests/grader/lab/test_messages.py",
    ),
    "grader/engine/evidence.py": ("tests/grader/engine/test_judge.py", *_RECORD, *_NETWORK),
    "grader/lab/training.py": ("tests/grader/lab/test_training.py",),
    "grader/lab/training_trace.py": _RECORD,
    "grader/lab/update_rules.py": _RECORD,
    "grader/test_t05_scores.py": _NETWORK,
    "grader/test_t06_loss.py": _NETWORK,
    "grader/test_t07_gradients.py": _NETWORK,
    "grader/test_t08_minibatch.py": _RECORD,
    "grader/test_t09_step.py": _RECORD,
    "grader/test_t10_decay.py": _RECORD,
    "grader/test_t11_predict.py": _NETWORK,
    "grader/test_t12_tuning.py": ("tests/grader/lab/test_tuning.py",),
}
TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Mutant:
    """One change, and what came of it."""

    module: str
    line: int
    change: str  # the operator of cosmic-ray, and the line as it reads with it
    outcome: str  # "killed", "survived", "incompetent", "not run"


def main() -> None:
    """Run the sample and print the score of each module, then the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.bench.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", help="one module alone; may be repeated")
    parser.add_argument("--seconds", type=float, default=1200.0, help="for each module")
    parser.add_argument("--out", type=Path, default=Path("bench-results.json"))
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    found = results.setdefault("mutants", {})
    for module, tests in TARGETS.items():
        if options.only and module not in options.only:
            continue
        mutants = run_mutants(module, tests, options.sample, options.seed, options.seconds)
        found[module] = summary(mutants) | {"machine": describe()} | versions_of("mutants")
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        shown = {k: v for k, v in found[module].items() if k != "machine"}
        print(module, json.dumps(shown, indent=1), flush=True)


def summary(mutants: list[Mutant]) -> dict[str, Any]:
    """Counts, the share that was killed, and the places of the survivors."""
    counts = dict.fromkeys(("killed", "survived", "incompetent", "not run"), 0)
    for one in mutants:
        counts[one.outcome] += 1
    tried = counts["killed"] + counts["incompetent"] + counts["survived"]
    share = (tried - counts["survived"]) / tried if tried else 0.0
    survivors = [f"line {one.line}: {one.change}" for one in mutants if one.outcome == "survived"]
    return {"killed_share": round(share, 3), **counts, "survivors": survivors}


def run_mutants(
    module: str, tests: tuple[str, ...], sample: int, seed: int, seconds: float
) -> list[Mutant]:
    """A sample of one module's mutants, each tried on the tests in a copy of the project."""
    with tempfile.TemporaryDirectory(prefix="nnlab-mutants-") as name:
        folder = Path(name)
        _copy(folder)
        session = folder / "session.sqlite"
        config = folder / "mutants.toml"
        command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider {' '.join(tests)}"
        config.write_text(_CONFIG.format(module=module, timeout=TIMEOUT_S, command=command))
        cosmic_ray = python_of("mutants").with_name("cosmic-ray")
        environment = {**os.environ, **ONE_BLAS_THREAD, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        _must(command.split(), folder, environment)  # on the unbroken code they pass
        _must([str(cosmic_ray), "init", str(config), str(session)], folder, environment)
        _sample(session, (PROJECT / module).read_text(encoding="utf-8"), sample, seed)
        try:
            subprocess.run(
                [cosmic_ray, "exec", config, session],
                cwd=folder,
                env=environment,
                timeout=seconds,
                check=True,
            )
        except subprocess.TimeoutExpired:
            print(f"{module}: stopped after {seconds:.0f} s", flush=True)
        return _outcomes(session)


_CONFIG = """[cosmic-ray]
module-path = "{module}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"
"""


def _copy(folder: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        shutil.copytree(PROJECT / name, folder / name, ignore=ignore)
    for name in FILES:
        shutil.copy(PROJECT / name, folder / name)


def _must(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _sample(session: Path, source: str, count: int, seed: int) -> None:
    """Keep a seeded sample of the mutants that a session would try.

    None of them is in an annotation: these are never evaluated, so no test could notice.
    """
    spans = annotations_in(source)
    with sqlite3.connect(session) as database:
        query = (
            "SELECT job_id, start_pos_row, start_pos_col FROM mutation_specs ORDER BY "
            "start_pos_row, start_pos_col, operator_name, occurrence"
        )
        jobs = list(database.execute(query))
        live = [
            job for job, *at in jobs if not any(first <= tuple(at) < last for first, last in spans)
        ]
        kept = set(random.Random(seed).sample(live, min(count, len(live))))
        for job, *_ in jobs:
            if job not in kept:
                database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                database.execute("DELETE FROM work_items WHERE job_id = ?", (job,))


Position = tuple[int, int]  # line from 1, column from 0


def annotations_in(source: str) -> list[tuple[Position, Position]]:
    """Where the annotations of a module begin and end."""
    return [
        ((found.lineno, found.col_offset), (found.end_lineno or 0, found.end_col_offset or 0))
        for node in ast.walk(ast.parse(source))
        for found in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(found, ast.expr)
    ]


def _outcomes(session: Path) -> list[Mutant]:
    query = """
        SELECT spec.module_path, start_pos_row, operator_name, test_outcome, diff
        FROM mutation_specs AS spec LEFT JOIN work_results USING (job_id)
        ORDER BY start_pos_row, start_pos_col, operator_name
    """
    with sqlite3.connect(session) as database:
        return [
            Mutant(module, line, f"{_short(operator)}: {_new_line(diff or '')}", _word(outcome))
            for module, line, operator, outcome, diff in database.execute(query)
        ]


def _short(operator: str) -> str:
    return operator.removeprefix("core/")


def _new_line(diff: str) -> str:
    """The changed line in a unified diff, as it reads afterwards."""
    added = (line[1:] for line in diff.splitlines() if line[:1] == "+" and line[:3] != "+++")
    return next(added, "").strip()


def _word(outcome: str | None) -> str:
    return "not run" if outcome is None else str(outcome).rpartition(".")[2].lower()


if __name__ == "__main__":
    main()
