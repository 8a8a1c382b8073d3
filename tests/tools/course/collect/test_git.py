from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.grader.archives import SOURCE
from tests.tools.course.collect.downloads import as_folder
from tools.course.collect.collecting import collect
from tools.course.collect.git import commit_time
from tools.course.collect.reader import read

WHEN = "2026-03-02T21:43:04+07:00"
# Nothing of the machine's own settings, and the time of the commit.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": WHEN,
    "GIT_COMMITTER_DATE": WHEN,
}


def git(folder: Path, *words: str) -> None:
    settings = ("-c", "user.name=Ana Doe", "-c", "user.email=ana@example.edu")
    subprocess.run(
        ["git", *settings, *words], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True
    )


@pytest.fixture
def clone(tmp_path):
    """A repository with one commit, its objects loose."""
    try:
        subprocess.run(["git", "--version"], check=True, capture_output=True)
    except OSError:
        pytest.skip("git is needed to make the clones")
    folder = as_folder(tmp_path, "lab1-ana", {"cattern/neural_net.py": SOURCE})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Hand in")
    return folder


def test_the_time_of_a_loose_commit_is_read(clone):
    assert commit_time(clone / ".git") == WHEN


def test_time_of_packed_commit_and_branch_is_read(clone):
    git(clone, "gc", "-q")
    assert not (clone / ".git/refs/heads/main").exists()
    assert list((clone / ".git/objects/pack").glob("*.pack"))
    assert commit_time(clone / ".git") == WHEN


def test_time_of_a_clone_is_its_commits(clone, tmp_path):
    git(tmp_path, "clone", "-q", "--no-local", "lab1-ana", "again")
    git(tmp_path / "again", "checkout", "-q", "--detach")
    assert commit_time(tmp_path / "again/.git") == WHEN


def test_programs_named_in_a_repository_are_not_run(clone, tmp_path):
    trap = f"touch {tmp_path}/trapped"
    config = f'[core]\n\tfsmonitor = "{trap}"\n\tpager = "{trap}"\n[alias]\n\tlog = "!{trap}"\n'
    (clone / ".git/config").write_text(config)
    assert commit_time(clone / ".git") == WHEN
    read(collect([tmp_path]).entries[0])
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("HEAD", b""),
        ("HEAD", b"ref: ../../../etc/passwd"),
        ("HEAD", b"ref: refs/../../x"),
        ("HEAD", b"0" * 40),
        ("HEAD", b"ref: refs/heads/none"),
        ("refs/heads/main", b"no hash"),
        ("objects", b"a file where a folder should be"),
    ],
)
def test_a_damaged_repository_has_no_time(clone, path, content):
    target = clone / ".git" / path
    if target.is_dir():
        target.rename(target.with_name("moved"))
    target.write_bytes(content)
    assert commit_time(clone / ".git") is None


def test_damaged_objects_have_no_time(clone):
    for path in (clone / ".git/objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"damaged")
    assert commit_time(clone / ".git") is None


@pytest.mark.parametrize("keep", [0, 12, 300, 1100])
def test_truncated_pack_has_no_time(clone, keep):
    git(clone, "gc", "-q")
    for path in (clone / ".git/objects/pack").iterdir():
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[: keep if path.suffix == ".idx" else 13])
    assert commit_time(clone / ".git") is None


def test_clones_side_by_side_are_named_by_login(clone, tmp_path):
    for name in ("lab1-andy", "lab1-kai-o"):
        git(tmp_path, "clone", "-q", "lab1-ana", name)
    collection = collect([tmp_path])
    owners = {entry.student: entry.owner for entry in collection.entries}
    assert set(owners) == {"ana", "andy", "kai-o"}
    assert owners["kai-o"].ids == {"login": "kai-o"}
    assert owners["kai-o"].system == "github"
    assert owners["kai-o"].original == "lab1-kai-o"
    assert owners["kai-o"].received == WHEN
    assert read(collection.entries[0]).files == {"cattern/neural_net.py": SOURCE}


def test_the_folder_of_github_classroom_tells_the_assignment(clone, tmp_path):
    folder = as_folder(tmp_path, "lab1-submissions", {})
    for name in ("lab1-dr-ana", "lab1-dr-bob"):
        git(folder, "clone", "-q", "../lab1-ana", name)
    assert [entry.student for entry in collect([folder]).entries] == ["dr-ana", "dr-bob"]


def test_clone_without_known_time_is_a_clone(tmp_path):
    files = {f"lab1-{name}/cattern/neural_net.py": SOURCE for name in ("ana", "bob")}
    files |= {"lab1-ana/.git/HEAD": b"", "lab1-bob/.git": b"gitdir: /etc"}
    collection = collect([as_folder(tmp_path, "x", files)])
    assert [(e.student, e.owner.received) for e in collection.entries] == [
        ("ana", None),
        ("bob", None),
    ]
