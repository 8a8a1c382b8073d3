"""A full disk or a folder that may not be written: one sentence, exit code 4, old files whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.faults import work
from tests.faults.conftest import QUICK, told_in_one_sentence
from tests.faults.runs import files_in
from tests.faults.test_kills import check_each_is_old_or_new, check_gradebook, results, version_in

FREE_KB = (0, 4, 12, 40)  # a page of memory and less than a few files; a student's take 60 kB


@pytest.fixture
def disk(tmp_path, own_mounts):
    """A small file system that only the runs see."""
    folder = tmp_path / "disk"
    folder.mkdir()
    assert own_mounts.run("mount_disk", folder).code == 0
    return folder


@pytest.mark.parametrize("command", ["judge", "report", "export"])
def test_full_disk_leaves_every_file_as_it_was_or_as_it_should_be(
    first_class, disk, dearer, own_mounts, command, tmp_path
):
    out, seen = disk / "out", own_mounts.as_seen(disk / "out")
    arguments = {
        "judge": ("judge", out, "--rubric", dearer, "--quiet", "--jobs", 1),
        "report": ("report", out, "--quiet"),
        "export": ("export", out, "--to", "gradescope"),
    }[command]
    failures = 0
    for free_kb in FREE_KB:
        shutil.copytree(first_class.accepted, seen)
        (seen / "overrides.csv").write_text(work.overrides(free_kb // 4))
        old = results(seen)
        own_mounts.run("leave_free", disk, free_kb)
        full = own_mounts.run("nnlab", *arguments)
        left = results(seen)
        # SQLite would take the way through /proc for a link to our own root.
        check_gradebook(shutil.copytree(seen, tmp_path / f"left{free_kb}"))
        own_mounts.run("leave_free", disk, 30_000)
        again = own_mounts.run("nnlab", *arguments)
        assert again.code == 0, again.printed
        check_each_is_old_or_new(left, old, results(seen))
        if full.code:
            failures += 1
            assert told_in_one_sentence(full, str(out)), full.printed
            assert "full" in full.printed or "No space left on device" in full.printed
        shutil.rmtree(seen)
    assert failures


def test_full_disk_leaves_the_old_release(disk, own_mounts):
    out, seen = disk / "lab", own_mounts.as_seen(disk / "lab")
    assert own_mounts.run("put_release", out, "old").code == 0
    for free_kb in (0, 4, 400, 2_000):
        own_mounts.run("leave_free", disk, free_kb)
        full = own_mounts.run("put_release", out, "new")
        assert told_in_one_sentence(full, "No space left on device", "Nothing was changed")
        assert version_in(seen) == ("old", "old")
        assert sorted(path.name for path in seen.iterdir()) == ["assignment", "dist"]
    own_mounts.run("leave_free", disk, 30_000)
    assert own_mounts.run("put_release", out, "new").code == 0
    assert version_in(seen) == ("new", "new")


@pytest.mark.parametrize("command", ["grade", "judge", "report", "export"])
def test_folder_that_nobody_may_write_is_told_and_stays(first_class, out, own_mounts, command):
    (out / "overrides.csv").write_text(work.overrides(0))
    before = files_in(out)
    assert own_mounts.run("protect", out).code == 0
    arguments = {
        "grade": ("grade", first_class.folder, "-o", out, *QUICK),
        "judge": ("judge", out),
        "report": ("report", out),
        "export": ("export", out, "--to", "csv"),
    }[command]
    ended = own_mounts.run("nnlab", *arguments)
    assert told_in_one_sentence(ended, str(out), "cannot be written: Read-only file system")
    assert files_in(out) == before
    check_gradebook(out)


def test_release_into_a_folder_that_nobody_may_write_is_told(tmp_path, own_mounts):
    own_mounts.run("put_release", tmp_path, "old")
    assert own_mounts.run("protect", tmp_path).code == 0
    ended = own_mounts.run("put_release", tmp_path, "new")
    assert told_in_one_sentence(ended, "Read-only file system", "Nothing was changed")
    assert version_in(tmp_path) == ("old", "old")


def test_grades_that_nobody_may_write_can_be_exported_elsewhere(out, tmp_path, own_mounts):
    assert own_mounts.run("protect", out).code == 0
    target = tmp_path / "grades.csv"
    ended = own_mounts.run("nnlab", "export", out, "--to", "csv", "-o", target)
    assert ended.code == 0, ended.printed
    assert target.read_text().count("\n") == 4


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_dry_run_reads_grades_that_nobody_may_write(out, dearer, own_mounts, is_interrupted):
    """After a kill, SQLite's log beside the gradebook holds what it does not yet have."""
    if is_interrupted:
        leave_a_log(out)
    assert own_mounts.run("protect", out).code == 0
    before = files_in(out)
    ended = own_mounts.run("nnlab", "judge", out, "--rubric", dearer, "--dry-run", "--json")
    assert ended.code == 0, ended.printed
    told = json.loads(ended.printed)
    assert told["judged"] == 3
    assert told["moved"]
    assert told["median_before"] == (1 if is_interrupted else 61)
    assert files_in(out) == before


def leave_a_log(out):
    """Set a score as a process does that is killed before it closes the gradebook."""
    script = (
        "import os, sys, pathlib; from tools.course.gradebook.book import Gradebook; "
        "from tools.course.gradebook.ledger import ScoreEntry; "
        "book = Gradebook(pathlib.Path(sys.argv[1]), write=True); "
        "book.ledger.add(*(ScoreEntry(one, kind='absolute', value=1) for one in book.students())); "
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, out], check=True)
    assert (out / "gradebook.sqlite-wal").stat().st_size
