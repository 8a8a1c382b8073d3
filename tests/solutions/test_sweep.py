"""The sweep: results, table, best network, interrupts, and failures."""

from __future__ import annotations

import csv
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solutions.cattern.sweep import grid, keep_net, load_net, random_numbers_of_its_own

SCRIPT = """
import json, sys
import numpy as np
from cattern.sweep import Sweep, grid
rng = np.random.RandomState(0)
y = rng.randint(3, size=60)
X = 0.3 * rng.randn(60, 4) + np.eye(4)[y]
sweep = Sweep(X, y, X, y, data="mnist", table="table.csv")
settings = grid(hidden_size=[3, 6], learning_rate=[1e-3, 0.5])
rows = sweep.run(settings, jobs=JOBS, num_iters=ITERS, learning_rate_decay=1.0, batch_size=20)
print(json.dumps([[row["run"], row.get("validation_accuracy"), row.get("error")] for row in rows]))
"""


@pytest.fixture
def lab(project: Path, tmp_path: Path) -> Path:
    """A folder with the reference's package."""
    for name in ("__init__.py", "neural_net.py", "sweep.py"):
        (tmp_path / "cattern").mkdir(exist_ok=True)
        source = project / "solutions" / "cattern" / name
        (tmp_path / "cattern" / name).write_bytes(source.read_bytes())
    return tmp_path


def start(lab: Path, jobs: int = 2, iters: int = 30) -> subprocess.Popen[str]:
    script = SCRIPT.replace("JOBS", str(jobs)).replace("ITERS", str(iters))
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=lab,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def sweep(lab: Path, **settings: int) -> str:
    said, errors = start(lab, **settings).communicate(timeout=120)
    assert errors == ""
    return said


def rows_of(lab: Path) -> list[dict[str, str]]:
    with (lab / "table.csv").open(newline="", encoding="utf-8") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def test_results_do_not_depend_on_the_number_of_jobs(lab: Path) -> None:
    results = []
    for jobs in (1, 3):
        sweep(lab, jobs=jobs)
        results.append((rows_of(lab), (lab / "best_net.pkl").read_bytes()))
        (lab / "table.csv").unlink()
        (lab / "best_net.pkl").unlink()
    assert results[0] == results[1]
    assert len(results[0][0]) == 4


def test_finished_runs_are_not_repeated(lab: Path) -> None:
    first = sweep(lab)
    assert "Settings: 4; 2 at a time." in first
    assert "(about " in first
    again = sweep(lab)
    assert "Settings: 4 (4 already in table.csv)." in again
    assert again.splitlines()[-1] == first.splitlines()[-1]


def test_new_code_is_trained_again_but_comments_do_not_count(lab: Path) -> None:
    sweep(lab)
    path = lab / "cattern/neural_net.py"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "4 already in" in sweep(lab)
    path.write_text(path.read_text(encoding="utf-8") + "\nx = 1\n", encoding="utf-8")
    assert "already" not in sweep(lab).splitlines()[0]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_interrupted_sweep_keeps_its_runs_and_resumes(lab: Path) -> None:
    running = start(lab, jobs=1, iters=3000)
    assert running.stdout is not None
    for line in running.stdout:
        if "1/4" in line:
            break
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert "Interrupted. The finished runs are in the table" in said
    kept = rows_of(lab)
    assert 1 <= len(kept) < 4
    assert f"{len(kept)} already in" in sweep(lab, iters=3000)
    assert rows_of(lab)[: len(kept)] == kept


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_with_their_parent(lab: Path) -> None:
    running = start(lab, jobs=1, iters=10_000_000)
    workers: list[str] = []
    deadline = time.monotonic() + 60
    while not workers and time.monotonic() < deadline:
        time.sleep(0.2)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text()
        workers = children.split()
    running.kill()
    running.communicate()
    assert workers
    while any(Path("/proc", worker).exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_failing_run_is_reported_and_tried_again(lab: Path) -> None:
    path = lab / "cattern/neural_net.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("def predict(self, X):", "def predict(self, X):\n        1 / 0"))
    said = sweep(lab)
    assert said.count("ZeroDivisionError: division by zero") == 8
    assert not (lab / "best_net.pkl").exists()
    assert "already" not in sweep(lab).splitlines()[0]


class Net:
    """Predicts nothing much."""

    def __init__(self, name: str) -> None:
        self.name = name

    def predict(self, X: Any) -> Any:
        """Predict zeros."""
        return np.zeros(len(X))


def test_worse_network_never_replaces_a_better_one(tmp_path: Path) -> None:
    path = tmp_path / "best_net.pkl"
    assert keep_net(Net("good"), "mnist", 0.9, path)
    assert not keep_net(Net("worse"), "mnist", 0.8, path)
    assert load_net(path).name == "good"
    assert load_net(path).data == "mnist"
    assert keep_net(Net("better"), "mnist", 0.95, path)
    assert keep_net(Net("other data"), "synthetic", 0.5, path)
    assert load_net(path).name == "other data"


@pytest.mark.parametrize("nothing", [None, {}, 3])
def test_none_never_replaces_a_network(tmp_path: Path, nothing: object) -> None:
    path = tmp_path / "best_net.pkl"
    keep_net(Net("good"), "mnist", 0.9, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"^Nothing was saved: the network is .*T#12"):
        keep_net(nothing, "mnist", 1.0, path)
    assert path.read_bytes() == before


def test_unreadable_network_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "best_net.pkl"
    path.write_bytes(b"no pickle")
    assert load_net(path) is None
    assert keep_net(Net("good"), "mnist", 0.1, path)
    assert pickle.loads(path.read_bytes()).validation_accuracy == 0.1


def test_grid_has_every_combination() -> None:
    assert grid(a=[1, 2], b=[3]) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


def test_random_numbers_go_on_after_a_block_of_their_own() -> None:
    np.random.seed(7)
    expected = np.random.rand(2)
    np.random.seed(7)
    first = np.random.rand()
    with random_numbers_of_its_own(3):
        inside = np.random.rand()
    assert [first, np.random.rand()] == list(expected)
    np.random.seed(3)
    assert inside == np.random.rand()
