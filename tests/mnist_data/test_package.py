"""What holds for the package as a whole, as students get it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mnist_data
from mnist_data.__main__ import main
from mnist_data.files import FILES
from tests.mnist_data.sets import write_set

PACKAGE = Path(mnist_data.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or ".")
    return {name.partition(".")[0] for name in names}


def test_only_numpy_and_the_standard_library_are_imported() -> None:
    names = set().union(*map(imported, SOURCES))
    assert {"numpy", "mnist_data"} <= names <= {"numpy", "mnist_data", *sys.stdlib_module_names}


def test_no_line_is_a_line_of_the_solution(project: Path) -> None:
    reference = (project / "solutions" / "cattern" / "neural_net.py").read_text("utf-8")
    blocks = re.findall(r"# BEGIN SOLUTION.*?\n(.*?)# END SOLUTION", reference, re.S)
    assert len(blocks) >= 7

    def squeezed(text: str) -> set[str]:
        return {re.sub(r"\s", "", line) for line in text.splitlines()} - {""}

    solution = squeezed("\n".join(blocks))
    for source in SOURCES:
        assert not squeezed(source.read_text("utf-8")) & solution, source.name


def test_package_works_alone(tmp_path: Path, mnist: dict[str, bytes]) -> None:
    """Copied away from the kit, with nothing else on the path."""
    package = tmp_path / "student" / "mnist_data"
    package.mkdir(parents=True)
    for source in SOURCES:
        copy = package / source.relative_to(PACKAGE)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(source.read_bytes())
    write_set(package, mnist)
    code = (
        "from mnist_data.load_mnist import read_data_sets as r; print(r('mnist_data', 50)[0].shape)"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, ''); {code}"],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "(250, 28, 28, 1)"


def test_fetch_on_the_command_line(
    mnist: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = write_set(tmp_path / "source", mnist)
    monkeypatch.setenv("MNIST_MIRROR", f"{tmp_path}/none {source}")
    target = tmp_path / "target"
    assert main(["fetch", str(target)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [f"{target / name}: from {source}" for name in FILES]
    assert main(["fetch", str(target)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{target / name}: already there" for name in FILES
    ]


def test_failed_fetch_suggests_make_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mnist_data.fetch.MIRRORS", ("http://127.0.0.1:1",) * 3)
    assert main(["fetch", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"{FILES[0]} could not be fetched (no connection: Connection refused).\n"
        'To work without MNIST, draw digits: "python -m mnist_data make".\n'
    )


def test_make_on_the_command_line(
    digits: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "mnist_data.offline.digits.make_digits", lambda folder, progress: write_set(folder, digits)
    )
    assert main(["make", str(tmp_path / "target")]) == 0
    assert capsys.readouterr().out == f"The offline digits are in {tmp_path / 'target'}.\n"


def test_failure_on_the_command_line_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["make", str(tmp_path / "file" / "x")]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path}/file/x: the folder cannot be made ({os.strerror(20)}).\n"
    )
