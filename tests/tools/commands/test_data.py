"""`nnlab data`: what it prints, what it returns, and that it only does what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mnist_data.contents import kind_of_folder
from mnist_data.files import FILES, TEST_LABELS, TRAIN_IMAGES
from tests.mnist_data.sets import clear_machine, counts_as, small_contents, write_set

Contents = dict[str, bytes]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return clear_machine(tmp_path, monkeypatch)


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> Contents:
    return counts_as("mnist", 1, monkeypatch)


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Contents:
    return counts_as("synthetic", 2, monkeypatch)


@pytest.fixture
def run(nnlab: Run) -> Run:
    return partial(nnlab, "data")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "nnlab"


def test_status_is_the_default_and_makes_nothing(run: Run, cache: Path, bare_machine: Path) -> None:
    folder = bare_machine / "mnist_data"
    absent = "found no such folder, expected a folder with the four MNIST files."
    assert run() == (
        0,
        f"working folder: {folder}: {absent}\n"
        f"cache: {cache / 'mnist'}: {absent}\n"
        f"cache: {cache / 'digits'}: {absent}\n"
        f"auto: would make the offline digits in {cache / 'digits'}\n",
        "",
    )
    assert not cache.exists()


def test_status_says_what_auto_takes(run: Run, mnist: Contents, cache: Path) -> None:
    write_set(cache / "mnist", mnist)
    code, out, _ = run("status")
    assert code == 0
    assert f"cache: MNIST in {cache / 'mnist'}\n" in out
    assert out.endswith(f"auto: MNIST in {cache / 'mnist'} (cache)\n")
    code, out, _ = run("status", "--json")
    record = json.loads(out)
    assert record["auto"] == {"folder": str(cache / "mnist"), "kind": "mnist", "origin": "cache"}
    assert [place["kind"] for place in record["places"]] == [None, "mnist", None]


def test_status_of_unusable_folder_is_listed_and_fails(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "none"))
    code, out, err = run("status")
    assert code == 4
    assert out.startswith(f"MNIST_DIR: {tmp_path / 'none'}: found no such folder")
    assert err.startswith("nnlab: MNIST_DIR does not name usable data: ")


def test_status_of_one_folder(run: Run, digits: Contents, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "x", digits)
    assert run("--folder", folder) == (0, f"folder: the offline digits in {folder}\n", "")


def test_fetch_fills_the_cache_from_a_folder(
    run: Run,
    mnist: Contents,
    cache: Path,
    tmp_path: Path,
) -> None:
    source = write_set(tmp_path / "source", mnist)
    code, out, _ = run("fetch", "--from", tmp_path / "none", "--from", source)
    assert code == 0
    assert out.splitlines() == [
        f"{cache / 'mnist' / name}: fetched from {source}" for name in FILES
    ]
    assert kind_of_folder(cache / "mnist", thorough=True) == "mnist"
    _, out, _ = run("fetch", "--json")
    assert [file["source"] for file in json.loads(out)["files"]] == [None] * 4


def test_failed_fetch_suggests_make_and_exits_4(
    run: Run,
    mnist: Contents,
    tmp_path: Path,
) -> None:
    code, out, err = run("fetch", "--quiet", "--folder", tmp_path / "x", "--from", tmp_path / "no")
    assert (code, out) == (4, "")
    assert err.count("\n") == 1
    assert err == (
        f"nnlab: {TRAIN_IMAGES} could not be fetched ({tmp_path / 'no'}: no such folder). "
        'To work without MNIST, draw digits: "nnlab data make".\n'
    )


def test_verify_reads_everything(run: Run, mnist: Contents, cache: Path) -> None:
    folder = write_set(cache / "mnist", mnist)
    right = "MNIST, size and SHA-256 of the content are right"
    assert run("verify") == (0, "".join(f"{folder / name}: {right}\n" for name in FILES), "")
    path = folder / TRAIN_IMAGES
    damaged = bytearray(path.read_bytes())
    damaged[1000] ^= 1
    path.write_bytes(damaged)
    code, out, err = run("verify")
    assert code == 4
    assert out.splitlines()[0].startswith(f"{path}: found damaged gzip data")
    assert out.splitlines()[1] == f"{folder / FILES[1]}: {right}"
    assert err.startswith(f"nnlab: {path}: found damaged gzip data")


def test_verify_tells_mixed_and_unknown_sets(
    run: Run,
    mnist: Contents,
    digits: Contents,
    tmp_path: Path,
) -> None:
    folder = write_set(tmp_path / "x", {**mnist, TEST_LABELS: digits[TEST_LABELS]})
    code, out, err = run("verify", "--folder", folder, "--json")
    assert code == 4
    assert json.loads(out)["problem"] in err
    assert "found a file of the offline digits, expected one of MNIST" in err
    write_set(folder, small_contents(seed=9))
    code, out, err = run("verify", "--folder", folder)
    assert code == 4
    assert out.count("found digits of unknown origin, expected MNIST or the offline digits.") == 4
    (folder / TEST_LABELS).unlink()
    assert f"found no {TEST_LABELS}" in run("verify", "--folder", folder)[2]


def test_verify_without_data_is_told(run: Run) -> None:
    assert run("verify") == (
        4,
        "",
        'nnlab: There is no data to verify: "nnlab data status" shows where the kit looks.\n',
    )


def test_make_fills_the_cache(
    run: Run,
    digits: Contents,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make_digits(directory: Path, progress: Callable[[int, int], None]) -> None:
        progress(1, 2)
        write_set(directory, digits)

    monkeypatch.setattr("mnist_data.offline.digits.make_digits", make_digits)
    assert run("make") == (0, f"{cache / 'digits'}: the offline digits\n", "")
    assert kind_of_folder(cache / "digits", thorough=True) == "synthetic"


def test_wrong_usage_is_exit_2(run: Run) -> None:
    assert run("frob")[0] == 2
    assert run("fetch", "--timeout-s", "0")[0] == 2
    code, _, err = run("make", "--from", "x")
    assert code == 2
    assert "--from works with fetch, not with make." in err
