"""Runs in several processes: same outcomes, and trouble is said in a sentence."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from grader.errors import KitError
from tests.tools.small_lab import small_data
from tools.transcript import training_pool
from tools.transcript.training_pool import map_arrays, train_side_by_side, write_arrays
from tools.transcript.training_runs import Run, start_states, train

RUNS = [Run(f"H={H}", H, 5, 8, 0.1, 0.9, 0.01) for H in (2, 40, 3)]


@pytest.fixture
def states():
    np.random.seed(0)
    return start_states(RUNS, small_data(), np.random.get_state(legacy=False))


def test_outcomes_are_those_of_training_here(states):
    data = small_data()
    outcomes = dict(train_side_by_side(states, data, jobs=2))
    assert outcomes.keys() == set(RUNS)
    for run, outcome in outcomes.items():
        expected = train(run, states[run], data)
        assert outcome.losses == expected.losses
        assert outcome.validation_accuracy == expected.validation_accuracy
        assert outcome.test_accuracy == expected.test_accuracy


def test_longest_run_comes_first(states):
    """With one process the order of outcomes is the order of work."""
    order = [run.hidden_size for run, _ in train_side_by_side(states, small_data(), jobs=1)]
    assert order == [40, 3, 2]


def test_nothing_to_train_starts_no_process():
    assert list(train_side_by_side({}, small_data(), jobs=2)) == []


def test_environment_is_left_as_it_was(states):
    before = dict(os.environ)
    list(train_side_by_side(states, small_data(), jobs=1))
    assert dict(os.environ) == before


def test_killed_process_is_reported_with_a_remedy(states, monkeypatch):
    monkeypatch.setattr(training_pool, "_train", _die)
    with pytest.raises(KitError, match=r"was killed.*with fewer --jobs\.$"):
        list(train_side_by_side(states, small_data(), jobs=1))


def _die(*_):
    """Takes the place of training; a worker finds it by its name in this module."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_mapped_arrays_are_equal_and_read_only(tmp_path):
    data = small_data()
    write_arrays(data, tmp_path)
    mapped = map_arrays(tmp_path, data.kind, data.source)
    assert (mapped.kind, mapped.source) == (data.kind, data.source)
    for name, value in vars(data).items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(getattr(mapped, name), value), name
    with pytest.raises(ValueError, match="read-only"):
        mapped.X_train[0, 0] = 1.0
