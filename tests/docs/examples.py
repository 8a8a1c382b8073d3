"""What commands print, for the guides: `make docs` runs cog, which writes it into them.

The commands run in one folder, which has the download of a small class. They run once, and later
calls reuse what they printed.
"""

from __future__ import annotations

import atexit
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from grader.two_layer_net import LAB
from mnist_data.find import make_cached_digits
from tools.cli import GROUPS
from tools.dev.sample_class import write_sample_class

PROJECT = Path(__file__).resolve().parents[2]
CLASS = ("doeana", "garcia", "okafor", "lindqvist", "nguyen", "romano", "brokenzip")
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (55120)
    Points Possible,,,,,100.00
"Doe, Ana",48201,,ad123,Sec 1,
"Garcia, Mateo",48203,,mg441,Sec 1,
"Nguyen, Thi Lan",48212,,tn202,Sec 1,
"Okafor, Chidi",48210,,co877,Sec 1,
"Lindqvist, Maja",48211,,ml310,Sec 1,
"Romano, Luca",48217,,lr905,Sec 1,
"Brokenzip",48225,,bz001,Sec 1,
"""


@cache
def course() -> Path:
    """Return a folder with what an instructor has before grading."""
    folder = Path(tempfile.mkdtemp(prefix="guides-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_sample_class(folder / "class", "synthetic")
    with zipfile.ZipFile(folder / "submissions.zip", "w") as download:
        for path in sorted((folder / "class").iterdir()):
            if path.name.startswith(CLASS):
                download.write(path, path.name)
    shutil.rmtree(folder / "class")
    (folder / "gradebook.csv").write_text(GRADEBOOK)
    rubric = LAB.rubric_path.read_text(encoding="utf-8")
    for key, before, after in (("loss-data", 4, 6), ("loss-reg", 4, 2)):
        rubric = rubric.replace(f"{key} = {before} ", f"{key} = {after} ")
    (folder / "my-rubric.toml").write_text(rubric)
    return folder


@cache
def printed(command: str, place: str = "course") -> str:
    """Return what a command prints on standard output.

    Parameters
    ----------
    command : str
        As a guide shows it. A command that reads OUT follows one that makes it.
    place : str
        "course", or "assignment" for a command in a student's unpacked release.
    """
    environment = os.environ | {
        "MNIST_DIR": str(make_cached_digits()),
        "OPENBLAS_NUM_THREADS": "1",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    folder = course()
    if place == "assignment":
        folder = Path(shutil.copytree(PROJECT / "assignment", folder / "student"))
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def shown(command: str, *, start: str = "", lines: int = 0, place: str = "course") -> str:
    """Return a block with a command and its output, or the part of it from `start` on."""
    output = printed(command, place).rstrip("\n").splitlines()
    first = next(at for at, line in enumerate(output) if start in line)
    chosen = output[first : first + lines] if lines else output[first:]
    before = ["..."] if first else []
    after = ["..."] if first + len(chosen) < len(output) else []
    return "\n".join(["```console", f"$ {command}", *before, *chosen, *after, "```"])


def commands() -> str:
    """Return a table of all commands of `nnlab`."""
    rows = (
        f"| {group} | `nnlab {name}` | {text} |"
        for group, names in GROUPS.items()
        for name, text in names.items()
    )
    return "\n".join(["| group | command | what it does |", "|---|---|---|", *rows])


@cache
def stale() -> str:
    """Return cog's diff of the guides against what the commands print now."""
    from cogapp import Cog

    from tests.docs.pages import pages

    told = io.StringIO()
    cog = Cog()
    cog.set_output(stdout=told, stderr=told)
    written = [str(page) for page in pages() if "[[[cog" in page.read_text(encoding="utf-8")]
    cog.main(["cog", "--check", "--diff", "-P", "-p", PROLOGUE, *written])
    return "\n".join(line for line in told.getvalue().splitlines() if not line.startswith("Check"))


PROLOGUE = "from tests.docs.examples import commands, shown"
