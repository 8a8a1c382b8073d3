"""Telling sets apart by their content."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_data import DataError
from mnist_data.contents import kind_of_file, kind_of_folder
from mnist_data.files import FILES, TEST_IMAGES, TRAIN_IMAGES, TRAIN_LABELS
from tests.mnist_data.sets import pack, small_contents, write_set

Contents = dict[str, bytes]


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("kind", ["mnist", "synthetic"])
def test_folder_is_known_by_its_content(
    tmp_path: Path, mnist: Contents, digits: Contents, kind: str, thorough: bool
) -> None:
    write_set(tmp_path, mnist if kind == "mnist" else digits)
    assert kind_of_folder(tmp_path, thorough) == kind


def test_differently_packed_files_are_known(tmp_path: Path, mnist: Contents) -> None:
    write_set(tmp_path, mnist)
    (tmp_path / TRAIN_IMAGES).unlink()
    (tmp_path / TRAIN_IMAGES.removesuffix(".gz")).write_bytes(mnist[TRAIN_IMAGES])
    half = len(mnist[TEST_IMAGES]) // 2
    streams = pack(mnist[TEST_IMAGES][:half]) + pack(mnist[TEST_IMAGES][half:])
    (tmp_path / TEST_IMAGES).write_bytes(streams)
    assert kind_of_folder(tmp_path) == "mnist"


def test_only_a_thorough_look_finds_damage(tmp_path: Path, mnist: Contents) -> None:
    write_set(tmp_path, mnist)
    path = tmp_path / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert kind_of_folder(tmp_path) == "mnist"
    with pytest.raises(DataError, match=f"{TRAIN_IMAGES}: found damaged gzip data"):
        kind_of_folder(tmp_path, thorough=True)


def test_other_sets_are_named(tmp_path: Path, mnist: Contents, fashion: Contents) -> None:
    write_set(tmp_path, fashion)
    assert [kind_of_file(tmp_path / name, name) for name in FILES] == ["fashion-mnist"] * 4
    expected = f"{TRAIN_IMAGES}: found Fashion-MNIST, expected MNIST or the offline digits"
    with pytest.raises(DataError, match=expected):
        kind_of_folder(tmp_path)
    write_set(tmp_path, small_contents(seed=9))
    with pytest.raises(DataError, match=f"{TRAIN_IMAGES}: found digits of unknown origin"):
        kind_of_folder(tmp_path)


def test_mixed_sets_are_told(tmp_path: Path, mnist: Contents, digits: Contents) -> None:
    write_set(tmp_path, mnist)
    (tmp_path / TRAIN_LABELS).write_bytes(pack(digits[TRAIN_LABELS]))
    with pytest.raises(DataError) as caught:
        kind_of_folder(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / TRAIN_LABELS}: found a file of the offline digits, "
        f"expected one of MNIST, like {TRAIN_IMAGES}."
    )


@pytest.mark.mnist
@pytest.mark.parametrize("thorough", [False, True])
def test_real_mnist_is_known(mnist_dir: Path, thorough: bool) -> None:
    assert kind_of_folder(mnist_dir, thorough) == "mnist"
