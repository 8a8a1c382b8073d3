"""Grading on a Dask cluster: real scheduler and workers on this machine, some of them unfit."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

from tests.tools.course.batch.conftest import (
    PROJECT,
    QUICK,
    WAIT_S,
    command,
    reports,
    run_nnlab,
    wait_for_first_stored,
    write_class,
)

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

OTHER_KIT = "import tools.course.batch.cluster as c\nc.kit_version = lambda: '0.0.9'\n"


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.file = folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", self.file)
        self.address = self._address()

    def add_worker(self, *options, **environment):
        """Start a worker without a nanny, which would start it again after a kill."""
        options = ("--nthreads", 1, "--no-nanny", *options)
        return self._start("worker", self.address, *options, **environment)

    def wait_for_workers(self, count):
        """Until so many have joined."""
        from distributed import Client

        with Client(self.address) as client:
            client.wait_for_workers(count, timeout=WAIT_S)

    def _start(self, *words, **environment):
        name = f"{words[0]}{len(self.processes)}"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, words), "--no-dashboard"],
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(PROJECT)} | environment,
            )
        self.processes.append(process)
        return process

    def _address(self):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError, ValueError):  # it is there before it is whole
                return json.loads(self.file.read_text())["address"]
            time.sleep(0.05)
        raise AssertionError("the scheduler did not start")

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    """A scheduler without workers."""
    made = Cluster(tmp_path)
    yield made
    made.close()


def test_worker_killed_in_the_middle_costs_time_only(cluster, tmp_path):
    """And one that joins after it has work to do."""
    folder = write_class(tmp_path / "class", copies=3)
    run_nnlab("grade", folder, "-o", tmp_path / "alone", *QUICK)
    first, out = cluster.add_worker(), tmp_path / "out"
    cluster.wait_for_workers(1)
    with subprocess.Popen(
        command("grade", folder, "-o", out, *QUICK, "--cluster", cluster.address),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            wait_for_first_stored(out, run)
            first.kill()
            cluster.add_worker()
            told, errors = run.communicate(timeout=WAIT_S)
        finally:
            run.kill()
    assert run.returncode == 1, errors  # for the broken archive alone
    assert "Run now: 19" in told
    assert reports(out) == reports(tmp_path / "alone")


def test_unfit_workers_are_refused_with_the_reason(cluster, first_class, mnist_dir, tmp_path):
    """One of another version, one without the data; a third one does the work."""
    other = tmp_path / "other.py"
    other.write_text(OTHER_KIT)
    cluster.add_worker("--preload", other)
    cluster.add_worker(MNIST_DIR=str(tmp_path / "nowhere"))
    cluster.add_worker()
    cluster.wait_for_workers(3)
    done = run_nnlab(
        *("grade", first_class / "moved" / "cy", "-o", tmp_path / "out", "--data", "mnist"),
        *("--cluster", cluster.address),
        env=os.environ | {"MNIST_DIR": str(mnist_dir)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is refused") == 2
    assert "its kit is 0.0.9, expected" in done.stderr
    assert "MNIST_DIR does not name usable data" in done.stderr


def test_cluster_of_unfit_workers_alone_grades_nothing(cluster, first_class, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(OTHER_KIT)
    cluster.add_worker("--preload", other)
    done = run_nnlab(
        *("grade", first_class / "moved", "-o", tmp_path / "out", *QUICK),
        *("--cluster", cluster.address),
    )
    assert done.returncode == 4
    assert "no worker of the cluster can be used" in done.stderr
    assert "its kit is 0.0.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_own_cluster_is_quiet_and_gives_the_same_reports(first_class, tmp_path):
    out = tmp_path / "out"
    words = ("--cluster", "local", "--jobs", 2, "--quiet")
    done = run_nnlab("grade", first_class / "moved", "-o", out, *QUICK, *words)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert reports(out) == reports(first_class / "out")


def test_missing_extra_is_told_with_how_to_install_it(first_class, tmp_path):
    hidden = tmp_path / "without"
    hidden.mkdir()
    (hidden / "distributed.py").write_text("raise ImportError('not installed')\n")
    done = run_nnlab(
        *("grade", first_class / "moved", "-o", tmp_path / "out", *QUICK, "--cluster", "local"),
        env=os.environ | {"PYTHONPATH": str(hidden)},
    )
    assert done.returncode == 4
    assert done.stderr.startswith("nnlab: --cluster needs the package distributed: pip install")


def test_no_scheduler_is_told_in_one_sentence(first_class, tmp_path):
    done = run_nnlab(
        *("grade", first_class / "moved", "-o", tmp_path / "out", *QUICK),
        *("--cluster", "tcp://127.0.0.1:9"),
        env=os.environ | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"},
    )
    assert done.returncode == 4
    assert "--cluster tcp://127.0.0.1:9: there is no scheduler" in done.stderr
    assert "Traceback" not in done.stderr
