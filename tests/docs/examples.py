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

from cogapp import Cog

from grader.two_layer_net import LAB
from mnist_data.find import make_cached_digits
from tests.docs.pages import PROJECT, pages
from tools.cli import GROUPS
from tools.dev.sample_class import write_sample_class

CLASS = ("doeana", "okafor", "nguyen", "brokenzip")
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (55120)
    Points Possible,,,,,100.00
"Doe, Ana",48201,,ad123,Sec 1,
"Nguyen, Thi Lan",48212,,tn202,Sec 1,
"Okafor, Chidi",48210,,co877,Sec 1,
"Broken, Zip",48225,,bz001,Sec 1,
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
def printed(command: str, place: str = "course", errors: bool = False) -> str:
    """Return what a command prints on standard output, and on standard error if asked.

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
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors else subprocess.PIPE,
        text=True,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def shown(
    command: str,
    *,
    start: str = "",
    lines: int = 0,
    place: str = "course",
    errors: bool = False,
) -> str:
    """Return a block with a command and its output, or the part of it from `start` on."""
    output = printed(command, place, errors).rstrip("\n").splitlines()
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


PROLOGUE = "from tests.docs.examples import commands, shown"


def run_cog(*options: str) -> tuple[int, str]:
    """Return cog's exit code and output: `-r` renews the guides, `--check` compares them."""
    written = [str(page) for page in pages() if "[[[cog" in page.read_text(encoding="utf-8")]
    told = io.StringIO()
    cog = Cog()
    cog.set_output(stdout=told, stderr=told)
    return cog.main(["cog", *options, "-p", PROLOGUE, *written]), told.getvalue()


if __name__ == "__main__":
    code, told = run_cog("-r")
    print(told, end="")
    sys.exit(code)
