"""The data as the notebook prepares it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.errors import KitError
from grader.lab.data import load_lab_data as load_for_grading
from mnist_data import load_lab_data, read_data_sets
from mnist_data.find import mnist_cache
from tests.mnist_data.sets import TRAIN, write_set

Contents = dict[str, bytes]


@pytest.fixture(autouse=True)
def small_validation_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole small set is smaller than the validation set of the lab."""
    monkeypatch.setattr(
        "mnist_data.lab_data.read_data_sets", lambda folder: read_data_sets(folder, TRAIN // 2)
    )


def test_rows_are_images_minus_the_training_mean(
    mnist: Contents, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(mnist_cache(), mnist)
    rows, images = load_lab_data(), load_lab_data(centered=False)
    assert capsys.readouterr().out == ""
    mean = images.X_train.mean(axis=0)
    for got, stored in (
        (rows.X_train, images.X_train),
        (rows.X_val, images.X_val),
        (rows.X_test, images.X_test),
    ):
        np.testing.assert_array_equal(got, (stored - mean).reshape(len(stored), 784))
    np.testing.assert_allclose(rows.X_train.mean(axis=0), 0, atol=1e-10)
    np.testing.assert_array_equal(rows.y_val, images.y_val)


def test_data_says_what_it_is_and_where_from(mnist: Contents) -> None:
    write_set(mnist_cache(), mnist)
    data = load_lab_data("mnist")
    assert (data.kind, data.title) == ("mnist", "MNIST")
    assert data.source == f"MNIST in {mnist_cache()} (cache)"


def test_missing_data_is_an_error_of_the_kit() -> None:
    with pytest.raises(KitError, match="found it in none of"):
        load_for_grading("mnist")
