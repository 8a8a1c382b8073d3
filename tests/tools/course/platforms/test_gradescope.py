"""The autograder zip, unpacked and run as Gradescope does it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from click.testing import CliRunner

from grader.errors import KitError
from tests.tools.course.export.samples import report
from tests.tools.course.platforms.stand_in import COMMAND
from tools.commands.gradescope import command
from tools.course.platforms import kit
from tools.course.platforms.pack_gradescope import gradescope_zip


@pytest.fixture(scope="module")
def packed():
    return gradescope_zip()


@pytest.fixture
def autograder(tmp_path, packed):
    """`/autograder` as the harness lays it out; the environment stands in for the image's."""
    base = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(base / "source")
    shutil.copy(base / "source" / "run_autograder", base / "run_autograder")
    (base / "run_autograder").chmod(0o755)
    (base / "submission").mkdir()
    (base / "submission_metadata.json").write_text("{}")
    (base / "venv").symlink_to(sys.prefix)
    (base / "source" / "kit" / "tools" / "commands" / "grade.py").write_text(COMMAND)
    return base


def run(base, told, **environment):
    (base / "submission" / "told.json").write_text(json.dumps(told))
    environment = {"PATH": os.environ["PATH"], "HOME": str(base)} | environment
    return subprocess.run(
        [str(base / "run_autograder")],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )


def result(base):
    return json.loads((base / "results" / "results.json").read_text())


def test_zip_has_executable_unix_scripts_at_root(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in ("setup.sh", "run_autograder"):
            text = archive.read(name)
            assert text.startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in text
            assert archive.getinfo(name).external_attr >> 16 == 0o100755


def test_zip_is_the_same_bytes_every_time(packed):
    assert gradescope_zip() == packed


def test_zip_holds_the_kit_without_leftovers(packed, project):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
    for package in kit.PACKAGES:
        for path in (project / package).rglob("*.py"):
            assert f"kit/{path.relative_to(project)}" in names
    assert "kit/grader/rubric.toml" in names
    assert not [name for name in names if "__pycache__" in name or "/." in name]


def test_kit_packs_the_projects_packages(project):
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    include = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(f"{name}*" for name in kit.PACKAGES) == sorted(include)


def test_leftovers_in_the_source_tree_are_not_packed(tmp_path):
    for name in kit.ABOUT:
        (tmp_path / name).write_text("x")
    folder = tmp_path / "tools"
    for name in ("a.py", "a.pyc", "b.py~", ".hidden.py", "__pycache__/c.py", "best_net.pkl"):
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("x")
    assert kit.kit_files(tmp_path).keys() - set(kit.ABOUT) == {"tools/a.py"}


def test_installed_kit_finds_its_root_files(tmp_path, monkeypatch):
    monkeypatch.setattr(kit, "INSTALLED", tmp_path / "share")
    with pytest.raises(KitError, match=r"README\.md, LICENSE missing: install the kit again"):
        kit.kit_files(tmp_path / "packages")
    (tmp_path / "share").mkdir()
    for name in kit.ABOUT:
        (tmp_path / "share" / name).write_text(name)
    files = kit.kit_files(tmp_path / "packages")
    assert files == {name: name.encode() for name in kit.ABOUT}


def test_run_in_the_documented_layout_writes_the_grade(autograder):
    done = run(autograder, report("submission", 17.5))
    assert done.returncode == 0, done.stderr
    told = result(autograder)
    assert told["score"] == 17.5
    assert [test["name"] for test in told["tests"]] == ["T#5 published", "T#5 shapes", "T#6 value"]
    assert [test["visibility"] for test in told["tests"]] == [
        "visible",
        "after_published",
        "visible",
    ]
    data, mnist, cache = json.loads(told["tests"][0]["output"])
    assert (data, mnist, cache) == ("synthetic", None, str(autograder / "cache"))
    assert (autograder / "results").stat().st_mode & 0o077 == 0  # nobody else's business


def test_base_can_be_given_by_the_environment(autograder, tmp_path):
    elsewhere = tmp_path / "run_autograder"
    shutil.move(autograder / "run_autograder", elsewhere)
    (autograder / "run_autograder").symlink_to(elsewhere)
    done = run(autograder, report("submission", 12), AUTOGRADER_BASE=str(autograder))
    assert done.returncode == 0, done.stderr
    assert result(autograder)["score"] == 12


def test_kit_that_fails_leaves_no_result(autograder):
    done = run(autograder, {"exit": 4})
    assert done.returncode == 1
    assert "nnlab grade ended with 4: no sandbox here" in done.stderr
    assert not (autograder / "results" / "results.json").exists()


def test_killed_run_says_that_it_did_not_finish(autograder):
    done = run(autograder, {"die": True})
    assert done.returncode not in (0, 1)
    assert "Grading did not finish" in result(autograder)["output"]


def test_broken_environment_says_it_did_not_finish(autograder):
    (autograder / "venv").unlink()
    assert run(autograder, report("submission")).returncode != 0
    assert "Grading did not finish" in result(autograder)["output"]


@pytest.mark.mnist
def test_mnist_is_packed_on_request(mnist_dir):
    with zipfile.ZipFile(io.BytesIO(gradescope_zip(mnist_dir))) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("mnist/"))
        assert json.loads(archive.read("settings.json"))["data"] == "mnist"
    assert len(names) == 4


def test_folder_without_mnist_is_refused(tmp_path):
    with pytest.raises(KitError, match=str(tmp_path)):
        gradescope_zip(tmp_path)


def test_command_packs_mnist_and_says_so(tmp_path, packed, mnist_dir, monkeypatch):
    monkeypatch.setenv("MNIST_DIR", str(mnist_dir))
    done = CliRunner().invoke(command, [str(tmp_path / "ag.zip")])
    assert f"It judges on MNIST, packed from {mnist_dir}." in done.output
    with zipfile.ZipFile(tmp_path / "ag.zip") as archive:
        assert json.loads(archive.read("settings.json"))["data"] == "mnist"


def test_command_writes_zip_and_next_step(tmp_path, packed, monkeypatch):
    monkeypatch.setattr("tools.commands.gradescope.mnist_at_hand", lambda: None)
    done = CliRunner().invoke(command, [str(tmp_path / "ag.zip"), "--hidden-checks", "hidden"])
    assert done.exit_code == 0, done.output
    assert "upload it under Configure Autograder" in done.output
    assert "It judges on the offline digits" in done.output
    with zipfile.ZipFile(tmp_path / "ag.zip") as archive:
        settings = json.loads(archive.read("settings.json"))
    assert settings == {"data": "synthetic", "hidden_checks": "hidden"}
