"""Each peer in a virtual environment of its own, made once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

BUILD = Path("build") / "bench"
# What is asked for; the versions that came are printed with the figures.
PACKAGES = {
    "pytest": ("pytest>=8", "numpy"),
    "gradescope": ("gradescope-utils>=0.5", "numpy"),
    "check50": ("check50>=3.3", "numpy", "setuptools<81"),
    "otter": ("otter-grader>=6", "ipykernel", "numpy"),
    "nbgrader": ("nbgrader>=0.9", "ipykernel", "numpy"),
    "training": ("scikit-learn>=1.5", "torch>=2.5", "numpy"),
}


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment, made where there is none yet.

    Raises
    ------
    subprocess.CalledProcessError
        If the package index does not have it.
    """
    folder = (BUILD / name).absolute()
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        print(f"  setting up {name} in {folder.relative_to(Path.cwd())}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, *PACKAGES[name]], check=True)
        ready.touch()
    return python


def on_path(name: str) -> dict[str, str]:
    """Environment variables with which a peer finds its own commands."""
    return {"PATH": f"{python_of(name).parent}:{os.environ.get('PATH', '')}"}


def versions_of(*names: str) -> dict[str, str]:
    """Versions of what was asked for in some environments, as installed."""
    found: dict[str, str] = {}
    for name in names:
        packages = [re.split("[<>]", requirement)[0] for requirement in PACKAGES[name]]
        code = (
            "import json, sys; from importlib.metadata import version; "
            "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
        )
        done = subprocess.run(
            [python_of(name), "-c", code, *packages], check=True, capture_output=True, text=True
        )
        found |= json.loads(done.stdout)
    return found
