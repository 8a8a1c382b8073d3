"""The autograder zip grades the reference, as Gradescope would run it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tools.course.platforms.pack_gradescope import gradescope_zip


@pytest.mark.mnist
def test_reference_earns_everything_but_the_tuning(tmp_path, mnist_dir, project):
    base = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(gradescope_zip(mnist_dir))) as archive:
        archive.extractall(base / "source")
    shutil.copy(base / "source" / "run_autograder", base / "run_autograder")
    (base / "run_autograder").chmod(0o755)
    (base / "venv").symlink_to(sys.prefix)  # what setup.sh makes from the package index
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project / "solutions/cattern", base / "submission/cattern", ignore=ignore)
    done = subprocess.run(
        [str(base / "run_autograder")],
        env={"PATH": os.environ["PATH"], "HOME": str(base)},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((base / "results" / "results.json").read_text())
    lost = [test["name"] for test in told["tests"] if test.get("status") != "passed"]
    assert told["tests"]
    assert all(name.startswith("T#12 ") for name in lost), lost
    assert told["score"] == sum(test["score"] for test in told["tests"])
    assert {test["visibility"] for test in told["tests"]} == {"visible", "after_published"}
