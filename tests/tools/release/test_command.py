"""`nnlab release`: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.errors import KitError, MaterialError
from tests.tools.release.conftest import edit
from tools.cli import exit_code
from tools.commands import release as module
from tools.commands.release import command

NET = "solutions/cattern/neural_net.py"


@pytest.fixture
def quick(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, and a proof without the rehearsal, which has its own tests."""
    monkeypatch.setattr(module, "CHECKOUT", checkout)
    monkeypatch.setattr("tools.release.proof.rehearse", lambda release, files: [])
    return checkout


def run(*args: object) -> str:
    """Output of the command; an error is raised."""
    result = CliRunner().invoke(command, list(map(str, args)), catch_exceptions=False)
    if result.exception:
        raise result.exception
    return result.output


def test_release_is_written_and_its_check_holds(quick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = run("--out", out)
    assert "8 tasks removed, verified" in said
    (path,) = out.rglob("*.zip")
    names = zipfile.ZipFile(path).namelist()
    tree = {p.relative_to(out).as_posix() for p in (out / "assignment").rglob("*") if p.is_file()}
    assert {name.replace("Simple_Neural_Network_Lab/", "assignment/", 1) for name in names} == tree
    assert "matches the sources" in run("--out", out, "--check")


def test_stale_tree_is_the_authors_material(quick: Path, tmp_path: Path) -> None:
    run("--out", tmp_path / "out", "--quiet")
    edit(quick / NET, '"""A two-layer neural network, trained', '"""A network, trained')
    with pytest.raises(MaterialError) as caught:
        run("--out", tmp_path / "out", "--check")
    assert caught.value.problems == (
        "assignment/cattern/neural_net.py:1: found text that differs from the sources",
        "assignment/ is stale: run `nnlab release`",
    )
    assert exit_code(caught.value) == 3


def test_check_writes_nothing(quick: Path, tmp_path: Path) -> None:
    with pytest.raises(MaterialError):
        run("--out", tmp_path / "out", "--check")
    assert not (tmp_path / "out").exists()


def test_broken_source_leaves_the_old_release(quick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("--out", out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    edit(quick / NET, "# END SOLUTION T#6", "# END SOLUTON T#6")
    with pytest.raises(MaterialError, match="found '# END SOLUTON T#6', which is not a marker"):
        run("--out", out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_unproved_release_leaves_the_old_one(quick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("--out", out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with (quick / "solutions/student/README.md").open("a", encoding="utf-8") as file:
        file.write("Hint: `labels = np.argmax(self.loss(X), axis=1)`\n")
    with pytest.raises(MaterialError, match="of the block of T#11"):
        run("--out", out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_json_has_the_facts(quick: Path, tmp_path: Path) -> None:
    facts = json.loads(run("--out", tmp_path / "out", "--json"))
    assert facts["ok"] is True
    assert Path(facts["zip"]).stat().st_size == facts["bytes"]
    assert list(facts["removed_lines"]) == [f"T#{number}" for number in range(5, 13)]
    assert "cattern/neural_net.py" in facts["files"]


def test_json_has_the_problems(quick: Path, tmp_path: Path) -> None:
    edit(quick / NET, "# END SOLUTION T#6", "# END SOLUTON T#6")
    result = CliRunner().invoke(command, ["--out", str(tmp_path / "out"), "--json"])
    said = json.loads(result.output)
    assert said["ok"] is False
    assert any("END SOLUTON" in problem for problem in said["problems"])
    assert isinstance(result.exception, MaterialError)


def test_irreplaceable_folder_is_the_machines_fault(quick: Path, tmp_path: Path) -> None:
    (tmp_path / "assignment").mkdir()
    (tmp_path / "assignment" / "essay.txt").write_text("mine")
    with pytest.raises(KitError) as caught:
        run("--out", tmp_path)
    assert exit_code(caught.value) == 4


def test_file_as_out_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(command, ["--out", str(tmp_path / "file")])
    assert result.exit_code == 2
