"""The same submissions and checks by every grader, and the time each takes to make a release."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.dev.bench import toy_checks
from tools.dev.bench.cost import Cost, medians, run
from tools.dev.bench.overhead import measure_overhead
from tools.dev.bench.peers.check50 import Check50
from tools.dev.bench.peers.environments import on_path, python_of, versions_of
from tools.dev.bench.peers.gradescope import Gradescope
from tools.dev.bench.peers.nbgrader import Nbgrader
from tools.dev.bench.peers.otter import Otter
from tools.dev.bench.peers.peer import Peer
from tools.dev.bench.peers.pytest_each import PytestEach
from tools.dev.bench.samples import REFERENCE, sample_texts

PEERS: tuple[type[Peer], ...] = (Gradescope, PytestEach, Check50, Otter, Nbgrader)
TIMEOUT_S = 600.0  # nothing hangs here; a busy machine is slow


def compare(count: int) -> dict[str, Any]:
    """Every grader on `count` submissions, medians for one, and as multiples of the kit."""
    texts = sample_texts(count)
    right = [passed_checks(text) for text in texts]
    with tempfile.TemporaryDirectory(prefix="nnlab-peers-") as name:
        folder = Path(name)
        rows = {"this kit": _kit(count)}
        for kind in PEERS:
            rows |= _peer(kind(folder / kind.__name__), texts, right)
            print(json.dumps(rows), flush=True)
    for row in rows.values():
        row["times the kit"] = round(row["cpu_ms"] / rows["this kit"]["cpu_ms"], 1)
    return {
        "submissions": count,
        "graders": rows,
        "versions": versions_of(*(kind.environment for kind in PEERS)),
    }


def passed_checks(text: str) -> set[str]:
    """What the toy checks say of one of our own texts."""
    namespace: dict[str, Any] = {}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        exec(compile(text, "neural_net.py", "exec"), namespace)
        return set(toy_checks.passed(namespace["TwoLayerNet"]))


def _kit(count: int) -> dict[str, Any]:
    found = measure_overhead(count, 1, toy_only=True)
    return {
        "cpu_ms": found["kit_cpu_ms"],
        "wall_ms": found["kit_wall_ms"],
        "peak_mb": found["child_peak_mb"],
        "bare process cpu_ms": found["bare_cpu_ms"],
        "beyond the bare process cpu_ms": found["overhead_cpu_ms"],
    }


def _peer(peer: Peer, texts: list[str], right: list[set[str]]) -> dict[str, dict[str, Any]]:
    costs, agree = [], 0
    for at, (text, expected) in enumerate(zip(texts, right, strict=True)):
        costs.append(peer.grade(f"s{at}", text, timeout_s=TIMEOUT_S, memory_mb=None))
        agree += peer.passed(f"s{at}") == expected
    rows: dict[str, dict[str, Any]] = {}
    rows[peer.name] = {**medians(costs), "same result": f"{agree} of {len(texts)}"}
    if isinstance(peer, Otter):
        inside = peer.in_one_process(texts, TIMEOUT_S * len(texts))
        rows["otter's Python interface"] = dict(medians(inside[1:] or inside))
    return rows


def release_times(repeats: int) -> dict[str, Any]:
    """CPU and time on the clock to build the student release."""
    with tempfile.TemporaryDirectory(prefix="nnlab-release-bench-") as name:
        folder = Path(name)
        ways = {
            "nnlab release": lambda at: run(
                [sys.executable, "-m", "tools.cli", "release", "--out", folder / f"kit{at}"]
            ),
            "otter assign": _otter_assign(folder),
            "nbgrader generate_assignment": _generate(folder),
        }
        return {way: _timed(make, repeats) for way, make in ways.items()}


def _timed(make: Callable[[int], Cost], repeats: int) -> dict[str, Any]:
    costs = [make(at) for at in range(repeats)]
    failed = next((one for one in costs if one.status != 0), None)
    if failed is not None:
        return {"failed": failed.output[-600:]}
    return medians(costs)


def _otter_assign(folder: Path) -> Callable[[int], Cost]:
    """The same lab as a master notebook: the class, and one question for each check."""
    cells = [
        _raw("# ASSIGNMENT CONFIG\ngenerate:\n    pdf: false\nrun_tests: true\nexport_cell: false")
    ]
    source = REFERENCE.read_text(encoding="utf-8")
    plain = re.sub(r"# (BEGIN|END) SOLUTION T#\d+", r"# \1 SOLUTION", source)
    # Without the module's docstring: in otter's doctests an expression has to say what it prints.
    checks = Path(toy_checks.__file__).read_text(encoding="utf-8").partition('"""\n\n')[2]
    for at, check in enumerate(toy_checks.CHECKS):
        cells += [
            _raw(f"# BEGIN QUESTION\nname: q{at}\npoints: 1"),
            _markdown(f"Question {at}: {check.__name__}"),
            _raw("# BEGIN SOLUTION"),
            _code(plain if at == 0 else f"{check.__name__} = 1 # SOLUTION"),
            _raw("# END SOLUTION"),
            _raw("# BEGIN TESTS"),
            _code(f"{checks}\n{check.__name__}(TwoLayerNet)"),
            _raw("# END TESTS"),
            _raw("# END QUESTION"),
        ]
    book = {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 4}
    path = folder / "master.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    otter = python_of("otter").with_name("otter")
    return lambda at: run(
        [otter, "assign", path, folder / f"otter{at}"], cwd=folder, env=on_path("otter")
    )


_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def _raw(source: str) -> dict[str, Any]:
    return {"cell_type": "raw", "metadata": {}, "source": source}


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _generate(folder: Path) -> Callable[[int], Cost]:
    course = Nbgrader(folder / "course")
    return lambda at: course.generate()
