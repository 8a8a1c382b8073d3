"""The command that makes the reference's nets."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from grader.errors import KitError
from tests.tools.small_lab import small_data
from tools.dev import best_net
from tools.dev.best_net import best_net_path, main, train_best_net


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr(best_net, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(best_net, "SETTINGS", {**best_net.SETTINGS, "num_iters": 3})
    monkeypatch.setattr(best_net, "load_lab_data", small_data)
    (tmp_path / "solutions").mkdir()


def test_same_data_give_the_same_net(small):
    np.random.seed(0)
    first = train_best_net(small_data()).params
    again = train_best_net(small_data()).params
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert {param.dtype for param in first.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("kind", ["mnist", "synthetic"])
def test_command_writes_the_same_bytes_each_time_and_says_what_it_made(small, kind):
    result = CliRunner().invoke(main, ["--data", kind])
    assert result.exit_code == 0, result.output
    assert f"trained on {kind} made for a test" in result.output
    assert "on validation" in result.output
    before = best_net_path(kind).read_bytes()
    CliRunner().invoke(main, ["--data", kind])
    assert best_net_path(kind).read_bytes() == before
    with np.load(best_net_path(kind), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["W1", "W2", "b1", "b2"]


def test_command_wants_one_blas_thread(small, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    result = CliRunner().invoke(main, ["--data", "mnist"])
    assert result.exit_code == 1
    assert "Set OPENBLAS_NUM_THREADS=1" in result.output


def test_command_says_when_there_is_no_data(small, monkeypatch):
    def nothing(kind):
        raise KitError("no data here.")

    monkeypatch.setattr(best_net, "load_lab_data", nothing)
    result = CliRunner().invoke(main, ["--data", "mnist"])
    assert result.exit_code == 1
    assert "Error: no data here." in result.output
