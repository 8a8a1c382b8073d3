"""Runs side by side begin where they would have begun one after the other."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from grader.errors import KitError
from solutions.cattern.neural_net import TwoLayerNet
from solutions.published import published
from tests.tools.small_lab import small_data
from tools.transcript import training_runs
from tools.transcript.training_runs import (
    TrainingRun,
    fixed_rate_and_decay,
    map_arrays,
    start_states,
    sweep,
    train,
    train_side_by_side,
    write_arrays,
)


def run(name, hidden_size, num_iters, batch_size):
    return TrainingRun(name, hidden_size, num_iters, batch_size, 0.1, 0.9, 0.01)


RUNS = [run("first", 3, 101, 7), run("second", 5, 3, 80), run("third", 2, 250, 1)]


def states_equal(a, b):
    return (
        np.array_equal(a["state"]["key"], b["state"]["key"])
        and a["state"]["pos"] == b["state"]["pos"]
        and (a["has_gauss"], a["gauss"]) == (b["has_gauss"], b["gauss"])
    )


def test_drawing_alone_reaches_the_state_of_training():
    data = small_data()
    np.random.seed(4)
    states = start_states(RUNS, data, np.random.get_state(legacy=False))
    np.random.seed(4)
    for each in RUNS:
        assert states_equal(states[each], np.random.get_state(legacy=False)), each.name
        net = TwoLayerNet(6, each.hidden_size, 10)
        net.train(
            data.X_train,
            data.y_train,
            data.X_val,
            data.y_val,
            num_iters=each.num_iters,
            batch_size=each.batch_size,
        )


def test_minibatches_in_one_call_are_the_published():
    """On 55,000 rows, where numpy rejects some of the numbers it draws."""
    np.random.seed(9)
    single = [np.random.choice(55_000, 1024) for _ in range(50)]
    after = np.random.get_state(legacy=False)
    np.random.seed(9)
    assert np.array_equal(np.random.choice(55_000, 50 * 1024), np.concatenate(single))
    assert states_equal(np.random.get_state(legacy=False), after)


def test_result_does_not_depend_on_earlier_draws():
    data = small_data()
    np.random.seed(4)
    state = np.random.get_state(legacy=False)
    first = train(RUNS[0], state, data)
    np.random.seed(99)
    again = train(RUNS[0], state, data)
    assert first.losses == again.losses
    assert len(first.losses) == 2  # of iterations 0 and 100
    assert first.validation_accuracy == again.validation_accuracy
    assert first.wall_s > 0


def test_sweep_changes_the_last_setting_fastest():
    runs = sweep(published())
    assert len({each.name for each in runs}) == 36
    assert [(r.hidden_size, r.learning_rate, r.reg, r.learning_rate_decay) for r in runs[:3]] == [
        (50, 1e-4, 0.1, 0.95),
        (50, 1e-4, 0.1, 0.82),
        (50, 1e-4, 0.01, 0.95),
    ]
    assert runs[-1].name == "H=150 rate=0.01 reg=0.001 decay=0.82"


def test_runs_before_the_sweep_have_the_published_settings():
    fixed, decay = fixed_rate_and_decay(published())
    assert fixed == TrainingRun("fixed rate", 50, 2000, 200, 1e-4, 1, 0)
    assert decay == TrainingRun("decay", 50, 2000, 200, 5e-4, 0.95, 0)


@pytest.mark.parametrize("change", [{"hidden_size": 100}, {"num_iters": 20}, {"batch_size": 10}])
def test_cost_grows_with_what_takes_time(change):
    settings = {"hidden_size": 50, "num_iters": 10, "batch_size": 5}
    rates = {"learning_rate": 1.0, "learning_rate_decay": 1.0, "reg": 0.0}
    assert (
        TrainingRun("a", **{**settings, **change}, **rates).cost
        > TrainingRun("b", **settings, **rates).cost
    )


# side by side

POOLED = [TrainingRun(f"H={H}", H, 5, 8, 0.1, 0.9, 0.01) for H in (2, 40, 3)]


@pytest.fixture
def states():
    np.random.seed(0)
    return start_states(POOLED, small_data(), np.random.get_state(legacy=False))


def test_outcomes_are_those_of_training_here(states):
    data = small_data()
    outcomes = dict(train_side_by_side(states, data, jobs=2))
    assert outcomes.keys() == set(POOLED)
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
    monkeypatch.setattr(training_runs, "_train", _die)
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
