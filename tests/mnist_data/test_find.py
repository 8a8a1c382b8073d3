"""Where data is looked for, and what is taken."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mnist_data import DataError, find_data
from mnist_data.files import FILES, TEST_LABELS
from mnist_data.find import cache_folder, digits_cache, look_around, make_cached_digits, mnist_cache
from mnist_data.offline import make_offline_digits
from tests.mnist_data.sets import write_set

Contents = dict[str, bytes]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("finding data must not use the network")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def generator(digits: Contents, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A quick generator in place of the real one; the folders that it wrote to."""
    made = []

    def make_digits(directory: Path, progress: object = None) -> None:
        made.append(write_set(directory, digits))

    monkeypatch.setattr("mnist_data.offline.digits.make_digits", make_digits)
    return made


def test_named_folder_then_working_folder_then_cache(
    mnist: Contents, tmp_path: Path, bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / "named", Path("mnist_data"), mnist_cache()):
        write_set(folder, mnist)
    found = find_data()
    assert (found.folder, found.origin) == (bare_machine / "mnist_data", "working folder")
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "named"))
    found = find_data()
    assert (found.folder, found.kind, found.origin) == (tmp_path / "named", "mnist", "MNIST_DIR")
    assert str(found) == f"MNIST in {tmp_path / 'named'} (MNIST_DIR)"


def test_cached_mnist_comes_before_nearer_digits(mnist: Contents, digits: Contents) -> None:
    write_set(Path("mnist_data"), digits)
    write_set(mnist_cache(), mnist)
    assert find_data().folder == mnist_cache()
    assert find_data("synthetic").folder == Path("mnist_data").absolute()


def test_digits_are_made_once_if_needed(generator: list[Path], mnist: Contents) -> None:
    found = find_data()
    assert (found.folder, found.kind, found.origin) == (digits_cache(), "synthetic", "cache")
    assert sorted(path.name for path in digits_cache().iterdir()) == sorted(FILES)
    assert find_data() == found
    assert len(generator) == 1


def test_asking_for_mnist_never_gives_digits(digits: Contents, mnist: Contents) -> None:
    write_set(Path("mnist_data"), digits)
    with pytest.raises(DataError) as caught:
        find_data("mnist")
    folders = f"{Path('mnist_data').absolute()}, {mnist_cache()}, {digits_cache()}"
    assert str(caught.value) == (
        f"MNIST: found it in none of {folders}, expected it in one of them; "
        '"nnlab data fetch" downloads it.'
    )


def test_asking_for_digits_never_gives_mnist(
    generator: list[Path], mnist: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DIR", str(write_set(tmp_path / "named", mnist)))
    assert find_data("synthetic").kind == "synthetic"


def test_unusable_named_folder_is_an_error(
    mnist: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(Path("mnist_data"), mnist)
    named = write_set(tmp_path / "named", mnist)
    (named / TEST_LABELS).unlink()
    monkeypatch.setenv("MNIST_DIR", str(named))
    with pytest.raises(DataError) as caught:
        find_data()
    assert str(caught.value) == (
        f"MNIST_DIR does not name usable data: {named}: found no {TEST_LABELS}, "
        "expected all four MNIST files."
    )


def test_incomplete_folder_is_passed_over(mnist: Contents) -> None:
    write_set(Path("mnist_data"), mnist)
    (Path("mnist_data") / TEST_LABELS).unlink()
    write_set(mnist_cache(), mnist)
    assert find_data().folder == mnist_cache()
    assert look_around()[0].problem is not None


def test_looking_around_makes_nothing(tmp_path: Path) -> None:
    assert [place.kind for place in look_around()] == [None] * 3
    assert not (tmp_path / "cache").exists()


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind is 'both', expected 'auto', 'mnist' or 'synthetic'"):
        find_data("both")


def test_cache_follows_the_xdg_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == tmp_path / "cache" / "nnlab"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_folder() == tmp_path / "home" / ".cache" / "nnlab"


def test_missing_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(DataError, match="no home folder for the cache: set XDG_CACHE_HOME"):
        cache_folder()


def test_make_replaces_an_older_versions_cache(
    generator: list[Path], digits: Contents, fashion: Contents
) -> None:
    write_set(digits_cache(), fashion)
    assert make_cached_digits() == digits_cache()
    assert find_data("synthetic").folder == digits_cache()


def test_make_leaves_other_data_alone(
    generator: list[Path], mnist: Contents, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "named", mnist)
    with pytest.raises(
        DataError, match="found MNIST, expected the offline digits or no file; name another folder"
    ):
        make_offline_digits(folder)
    assert generator == []


def test_make_does_nothing_if_done(generator: list[Path], digits: Contents, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "named", digits)
    assert make_offline_digits(folder) == folder
    assert generator == []


def test_make_leaves_nothing_when_it_fails(
    digits: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(directory: Path, progress: object = None) -> None:
        (directory / FILES[0]).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_data.offline.digits.make_digits", fill_the_disk)
    with pytest.raises(
        DataError, match=r"x: the digits cannot be written \(No space left on device\)\."
    ):
        make_offline_digits(tmp_path / "x")
    assert list((tmp_path / "x").iterdir()) == []


def test_digits_that_differ_are_not_kept(
    digits: Contents, mnist: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mnist_data.offline.digits.make_digits", lambda folder, progress: write_set(folder, mnist)
    )
    with pytest.raises(DataError, match="found MNIST, expected the offline digits"):
        make_offline_digits(tmp_path / "x")
    assert list((tmp_path / "x").iterdir()) == []
