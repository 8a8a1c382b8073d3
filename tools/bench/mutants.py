"""Breaks the judging and stripping code in small ways, in a copy, and counts what tests notice.

`make mutants`. cosmic-ray makes the mutants; a seeded sample of each module is run, since all of
them with these tests would take a day. Survivors are printed with their place, to be looked at.
"""

from __future__ import annotations

import argparse
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

from tools.bench.machine import describe
from tools.bench.peers.environments import python_of, versions_of
from tools.machine import ONE_BLAS_THREAD

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("grader", "tools", "mnist_data", "solutions", "tests", "assignment", "docs")
FILES = ("pyproject.toml", "README.md", "Makefile")

# What is broken -> the tests that should notice.
TARGETS = {
    "grader/compare.py": ("tests/grader/test_compare.py",),
    "grader/inside/frames.py": ("tests/grader/inside/test_frames.py",),
    "grader/judge.py": ("tests/grader/test_follow_through.py", "tests/grader/test_messages.py"),
    "grader/records.py": ("tests/grader/misconceptions/test_catalogue.py",),
    "tools/release/strip.py": (
        "tests/tools/release/test_laws.py",
        "tests/tools/release/test_python.py",
    ),
    "tools/release/blocks.py": ("tests/tools/release/test_blocks.py",),
    "tools/release/markers.py": ("tests/tools/release/test_markers.py",),
}
TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Mutant:
    """One change, and what came of it."""

    module: str
    line: int
    operator: str
    outcome: str  # "killed", "survived", "incompetent", "not run"


def main() -> None:
    """Run the sample and print the score of each module, then the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.mutants", description=__doc__)
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
        print(module, json.dumps({k: v for k, v in found[module].items() if k != "machine"}))


def summary(mutants: list[Mutant]) -> dict[str, Any]:
    """Counts, the share that was killed, and the places of the survivors."""
    counts = dict.fromkeys(("killed", "survived", "incompetent", "not run"), 0)
    for one in mutants:
        counts[one.outcome] += 1
    tried = counts["killed"] + counts["incompetent"] + counts["survived"]
    share = (tried - counts["survived"]) / tried if tried else 0.0
    survivors = [f"line {one.line}: {one.operator}" for one in mutants if one.outcome == "survived"]
    return {"killed_share": round(share, 3), **counts, "survivors": sorted(survivors)}


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
        environment = {**os.environ, **ONE_BLAS_THREAD}
        _must(command.split(), folder, environment)  # on the unbroken code they pass
        _must([str(cosmic_ray), "init", str(config), str(session)], folder, environment)
        _sample(session, sample, seed)
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


def _sample(session: Path, count: int, seed: int) -> None:
    """Keep a seeded sample of the mutants that a session would try."""
    with sqlite3.connect(session) as database:
        jobs = list(
            database.execute(
                "SELECT job_id FROM mutation_specs ORDER BY "
                "start_pos_row, start_pos_col, operator_name"
            )
        )
        kept = {job for (job,) in random.Random(seed).sample(jobs, min(count, len(jobs)))}
        for (job,) in jobs:
            if job not in kept:
                database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                database.execute("DELETE FROM work_items WHERE job_id = ?", (job,))


def _outcomes(session: Path) -> list[Mutant]:
    query = """
        SELECT spec.module_path, spec.start_pos_row, spec.operator_name, result.test_outcome
        FROM mutation_specs AS spec LEFT JOIN work_results AS result USING (job_id)
    """
    with sqlite3.connect(session) as database:
        return [
            Mutant(module, line, operator, _word(outcome))
            for module, line, operator, outcome in database.execute(query)
        ]


def _word(outcome: str | None) -> str:
    return "not run" if outcome is None else str(outcome).rpartition(".")[2].lower()


if __name__ == "__main__":
    main()
