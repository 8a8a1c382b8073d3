"""The data as the notebook prepares it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.errors import KitError
from mnist_data.errors import DataError
from mnist_data.fetch.locate import FoundData
from tools.transcript import lab_data
from tools.transcript.lab_data import load_lab_data


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Small images in the place of those on this machine."""
    draw = np.random.default_rng(0)
    images = [draw.integers(256, size=(N, 28, 28, 1), dtype=np.uint8) for N in (7, 3, 2)]
    labels = [draw.integers(10, size=len(part)) for part in images]

    def read(folder):
        assert folder == tmp_path
        print("Extracting ...")
        return tuple(x for pair in zip(images, labels, strict=True) for x in pair)

    place = FoundData(tmp_path, "synthetic", "cache")
    monkeypatch.setattr(lab_data, "find_data", lambda kind: place)
    monkeypatch.setattr(lab_data, "read_data_sets", read)
    return images, labels


def test_rows_are_the_images_less_the_mean_training_image(found, capsys):
    (train, val, test), labels = found
    data = load_lab_data("auto")
    mean = train.mean(axis=0)
    for got, images in ((data.X_train, train), (data.X_val, val), (data.X_test, test)):
        assert np.array_equal(got, (images - mean).reshape(len(images), 784))
    assert np.allclose(data.X_train.mean(axis=0), 0)
    assert data.y_val is labels[1]
    assert capsys.readouterr().out == ""


def test_data_says_what_it_is_and_where_from(found, tmp_path):
    data = load_lab_data("auto")
    assert (data.kind, data.title) == ("synthetic", "the offline digits")
    assert data.source == f"the offline digits in {tmp_path} (cache)"


def test_data_that_cannot_be_had_is_the_kits_trouble(monkeypatch):
    def nothing(kind):
        raise DataError(f"no {kind} here.")

    monkeypatch.setattr(lab_data, "find_data", nothing)
    with pytest.raises(KitError, match=r"^no mnist here\.$"):
        load_lab_data("mnist")
