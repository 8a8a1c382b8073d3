"""The workflows for GitHub Actions: read, and their steps run here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tools.commands.ci import command
from tools.course.platforms.kit import WORKFLOWS, github_workflow


def job(audience):
    (only,) = yaml.safe_load(github_workflow(audience))["jobs"].values()
    return only


def step(audience, name):
    (found,) = [each for each in job(audience)["steps"] if each.get("name") == name]
    return found["run"]


def bash(script, cwd, **environment):
    """As a runner runs a step."""
    environment = os.environ | environment
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("audience", WORKFLOWS)
def test_workflow_is_read_only_with_time_limit(audience):
    workflow = yaml.safe_load(github_workflow(audience))
    assert workflow["permissions"] == {"contents": "read"}
    assert job(audience)["timeout-minutes"] <= 360
    for each in job(audience)["steps"]:
        assert ("run" in each) != ("uses" in each)


def test_students_workflow_holds_no_secret():
    text = github_workflow("student").decode()
    assert "secrets." not in text
    assert "nnlab" not in text


def test_public_checks_run_in_what_students_get(tmp_path, project):
    """Before anything is solved they fail, say what comes next, and leave the result."""
    work = tmp_path / "lab"
    shutil.copytree(project / "assignment", work)
    here = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = bash(step("student", "Run the public checks"), work, PATH=here)
    assert done.returncode == 1
    assert "Next: T#5" in done.stdout
    (suite,) = ET.parse(work / "checks.xml").getroot()
    assert suite.get("failures") == suite.get("tests")
    assert "-r requirements.txt" in step("student", "Install what the lab needs")
    assert (work / "requirements.txt").is_file()


def test_class_workflow_never_runs_on_a_push():
    # YAML reads the key `on` as true.
    assert yaml.safe_load(github_workflow("class"))[True] == "workflow_dispatch"


def test_cloning_takes_listed_repositories_and_warns(tmp_path):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.edu"]
    for name in ("lab1-ana", "lab1-kai"):
        repository = tmp_path / "server" / "school" / name
        repository.mkdir(parents=True)
        (repository / "neural_net.py").write_text(name)
        for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "hand in"]):
            subprocess.run([*git, *args], cwd=repository, check=True)
    work = tmp_path / "work"
    work.mkdir()
    listed = "# the class\r\nschool/lab1-ana\r\n\r\nschool/gone\r\nschool/lab1-kai"
    (work / "repositories.txt").write_bytes(listed.encode())
    server = (tmp_path / "server").as_uri()
    done = bash(
        step("class", "Clone the submissions"), work, TOKEN="secret-7", GITHUB_SERVER_URL=server
    )
    assert done.returncode == 0, done.stderr
    files = sorted(path.read_text() for path in work.glob("submissions/*/neural_net.py"))
    assert files == ["lab1-ana", "lab1-kai"]
    assert "::warning::school/gone cannot be cloned" in done.stdout
    kept = "".join(path.read_text() for path in work.glob("submissions/*/.git/config"))
    assert "extraheader" not in kept  # the token stays out of what is graded


@pytest.mark.parametrize(("code", "passes"), [(0, True), (1, True), (2, False), (4, False)])
def test_attention_does_not_stop_the_class(tmp_path, code, passes):
    fake = tmp_path / "nnlab"
    fake.write_text(f"#!/bin/sh\nexit {code}\n")
    fake.chmod(0o755)
    done = bash(step("class", "Grade"), tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert (done.returncode == 0) is passes


def test_command_prints_or_writes_the_workflow(tmp_path):
    printed = CliRunner().invoke(command, ["github"])
    assert printed.stdout_bytes == github_workflow("student")
    done = CliRunner().invoke(command, ["github", "--for", "class", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    path = tmp_path / ".github" / "workflows" / "grade.yml"
    assert path.read_bytes() == github_workflow("class")
