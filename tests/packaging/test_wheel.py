"""The wheel holds the tracked files of its packages, no more and no less."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PACKAGES = ("grader", "mnist_data", "solutions", "tools")


@pytest.fixture(scope="module")
def source(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files in an empty folder: a stale build/ would ship old modules as well."""
    if not (project / ".git").exists():
        pytest.skip("needs a git checkout, whose tracked files it compares with")
    folder = tmp_path_factory.mktemp("source")
    packed = subprocess.run(
        ["git", "archive", "HEAD"], cwd=project, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_wheel_holds_the_tracked_files(source: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = {
        path.relative_to(source).as_posix()
        for package in PACKAGES
        for path in (source / package).rglob("*")
        if path.is_file()
    }
    data = {name for name in names if ".data/data/share/nnlab/" in name}
    assert {Path(name).name for name in data} == {"pyproject.toml", "README.md", "LICENSE"}
    assert names - data == tracked
