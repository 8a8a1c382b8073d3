"""Outcomes survive being stopped, and are not mistaken for others."""

from __future__ import annotations

import numpy as np
import pytest

import solutions.cattern.neural_net as reference
from grader.errors import KitError
from tests.tools.small_lab import small_data
from tools.transcript.saved_runs import read_runs, versions_key, write_runs
from tools.transcript.training_runs import Trained, TrainingRun, start_states

OUTCOMES = {
    "first": Trained((2.302585092994046, 0.1), 0.9828, 0.9791, 85.25, 84.5),
    "second": Trained((), 1 / 3, 0.0, 1e-9, 0.0),
}


def key(kind="mnist", seed=0, hidden_size=3):
    np.random.seed(seed)
    runs = [TrainingRun("a", hidden_size, 5, 8, 0.1, 0.9, 0.01)]
    return versions_key(kind, start_states(runs, small_data(), np.random.get_state(legacy=False)))


def test_outcomes_come_back_unchanged(tmp_path):
    path = tmp_path / "new" / "sweep.json"
    write_runs(path, "key", OUTCOMES)
    assert read_runs(path, "key") == OUTCOMES


def test_missing_or_other_file_holds_nothing(tmp_path):
    path = tmp_path / "sweep.json"
    assert read_runs(path, "key") == {}
    write_runs(path, "key", OUTCOMES)
    assert read_runs(path, "another") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"key": "key"}',
        '{"key": "key", "outcomes": {"a": {"losses": [1.0]}}}',
        '{"key": "key", "outcomes": {"a": {"losses": 1.0}}}',
        '{"key": "key", "outcomes": []}',
    ],
)
def test_damaged_file_is_named_with_what_to_do(tmp_path, text):
    path = tmp_path / "sweep.json"
    path.write_text(text)
    with pytest.raises(KitError, match=r"sweep\.json: found something other than saved outcomes"):
        read_runs(path, "key")


def test_folder_that_cannot_be_written_is_named(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(KitError, match=r"sweep\.json: cannot be written"):
        write_runs(blocker / "sweep.json", "key", OUTCOMES)


def test_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "sweep.json"
    write_runs(path, "key", OUTCOMES)

    def full_disk(self, *_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(KitError, match=r"cannot be written: No space left on device$"):
        write_runs(path, "key", {})
    assert read_runs(path, "key") == OUTCOMES
    assert list(tmp_path.iterdir()) == [path]


def test_key_depends_on_all_that_changes_results(tmp_path, monkeypatch):
    keys = [key(), key(kind="synthetic"), key(seed=1), key(hidden_size=4)]
    changed = tmp_path / "neural_net.py"
    changed.write_text("# another reference")
    monkeypatch.setattr(reference, "__file__", str(changed))
    keys.append(key())
    assert len(set(keys)) == len(keys)


def test_key_is_the_same_for_the_same():
    assert key() == key()
