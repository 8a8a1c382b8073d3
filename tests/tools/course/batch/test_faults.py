"""Kills, full disks, second runs: nothing is lost, nothing counted twice, one clear sentence."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.tools.course.batch.conftest import (
    QUICK,
    WAIT_S,
    command,
    reports,
    wait_for_first_stored,
    write_class,
)


def test_second_run_on_the_same_folder_is_refused_with_a_sentence(
    small_class, tmp_path, project, nnlab
):
    out = tmp_path / "out"
    first = subprocess.Popen(
        command("grade", small_class, "-o", out, *QUICK),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(out / "gradebook.sqlite")
        second = nnlab("grade", small_class, "-o", out, *QUICK)
    finally:
        first.wait(timeout=WAIT_S)
    assert second.returncode == 4
    assert "another nnlab is at work on this folder" in second.stderr
    assert len(reports(out)) == 7


def test_interrupted_by_hand_it_reports_what_is_there(tmp_path, project, nnlab):
    folder, size = write_class(tmp_path / "class", copies=12), 12 * 6 + 1
    out = tmp_path / "out"
    run = subprocess.Popen(
        command("grade", folder, "-o", out, *QUICK, "--jobs", 1),
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_first_stored(out, run)
    run.send_signal(signal.SIGINT)
    told, _ = run.communicate(timeout=WAIT_S)
    assert run.returncode == 1
    stored = len(reports(out))
    assert 0 < stored < size
    assert f"Interrupted; {size - stored} left." in told
    assert (out / "index.html").is_file()
    nnlab("grade", folder, "-o", out, *QUICK)
    assert len(reports(out)) == size


def test_worker_that_is_killed_costs_time_only(small_class, tmp_path, project):
    out = tmp_path / "out"
    run = subprocess.Popen(
        command("grade", small_class, "-o", out, *QUICK, "--jobs", 1),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_first_stored(out, run)
    os.kill(_worker_of(run.pid), signal.SIGKILL)
    run.wait(timeout=WAIT_S)
    assert run.returncode == 1
    statuses = {student: report["status"] for student, report in reports(out).items()}
    assert statuses.pop("zed") == "ungradable"
    assert set(statuses.values()) == {"attention"}  # without data some questions are not asked


def test_full_disk_is_one_sentence_and_loses_nothing(small_class, tmp_path, project, nnlab):
    """On a file system of its own, of half a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    line = shlex.join(command("grade", small_class, "-o", disk / "out", *QUICK))
    # The second run has room: what the first one stored is not run again.
    script = (
        f"mount -t tmpfs -o size=250k none {disk} || exit 77; {line}; echo code $?;"
        f"mount -o remount,size=9m {disk}; {line}; echo code $?"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr}")
    assert done.stderr.count("make room and run the same command again") == 1
    assert done.stdout.startswith("code 4")
    assert done.stdout.endswith("code 1\n")
    kept = int(re.search(r"unchanged since an earlier run: (\d+)", done.stdout)[1])
    assert 0 < kept < 7


def test_folder_that_cannot_be_written_is_told(small_class, nnlab):
    done = nnlab("grade", small_class, "-o", "/proc/nowhere", *QUICK)
    assert done.returncode == 4
    assert "cannot be written" in done.stderr


def _wait_for(path):
    end = time.monotonic() + WAIT_S
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} did not come"
        time.sleep(0.01)


def _worker_of(pid):
    """The process that grades: a child of the run that has children itself."""
    children = _children(pid)
    return next(child for child in children if _children(child))


def _children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
