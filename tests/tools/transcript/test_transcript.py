"""Published beside reproduced: what agrees, what may differ, and how it is said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import tools.commands.transcript as command_module
from solutions.published import published
from tests.tools.small_lab import small_data, small_published
from tools.transcript import transcript
from tools.transcript.text import SweepProgress, as_object, summary, table
from tools.transcript.training_runs import train
from tools.transcript.transcript import (
    PublishedFigure,
    sweep_figures,
    toy_figures,
    training_figures,
)


def train_here(states, data, jobs):
    """In the place of `train_side_by_side`: no processes, which take a second to start."""
    for run, state in states.items():
        yield run, train(run, state, data)


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The command and its parts on a lab that takes a moment."""
    figures = small_published()
    monkeypatch.setattr(transcript, "train_side_by_side", train_here)
    monkeypatch.setattr(transcript, "published", lambda: figures)
    monkeypatch.setattr(command_module, "load_lab_data", small_data)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return figures


@pytest.fixture
def run(nnlab):
    return partial(nnlab, "transcript", "--jobs", "1")


def figure(**changes):
    return PublishedFigure(
        **{
            "section": "tuning",
            "name": "accuracy",
            "published": 0.9828,
            "reproduced": 0.9828,
            "form": ".4f",
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("changes", "agrees"),
    [
        ({}, True),
        ({"reproduced": 0.98284}, True),
        ({"reproduced": 0.98286}, False),
        ({"reproduced": float("nan")}, False),
        ({"reproduced": 0.5, "limit": 0.6}, True),
        ({"reproduced": 0.7, "limit": 0.6}, False),
        ({"reproduced": float("nan"), "limit": 0.6}, False),
        ({"reproduced": 0.98286, "same_data": False}, None),
    ],
)
def test_figures_agree_in_published_digits_or_limit(changes, agrees):
    assert figure(**changes).agrees is agrees


def test_toy_figures_agree_on_every_machine():
    figures, _ = toy_figures()
    assert len(figures) == 7
    assert [f.name for f in figures if not f.agrees] == []


def test_toy_leaves_the_published_random_state():
    """Seed, weights and a hundred batches of 200 from five examples, and nothing more."""
    _, state = toy_figures()
    np.random.seed(0)
    np.random.randn(4 * 10 + 10 * 3)
    np.random.choice(5, 100 * 200)
    expected = np.random.get_state(legacy=False)
    assert state["state"]["pos"] == expected["state"]["pos"]
    assert np.array_equal(state["state"]["key"], expected["state"]["key"])


def test_training_has_every_printed_figure(small):
    figures = training_figures(small_data(), 1, toy_figures()[1])
    assert [f.name for f in figures] == 2 * [
        "loss at iteration 0",
        "loss at iteration 100",
        "validation accuracy",
    ]
    assert {f.agrees for f in figures} == {False}  # random numbers are no digits


def test_figures_of_other_data_need_not_agree(small, tmp_path):
    data, state = small_data(kind="synthetic"), toy_figures()[1]
    figures = training_figures(data, 1, state)
    figures += sweep_figures(data, 1, state, tmp_path / "sweep.json")
    assert {f.agrees for f in figures} == {None}


def test_stopped_sweep_resumes_with_same_results(small, tmp_path):
    data, state = small_data(), toy_figures()[1]
    results, told = tmp_path / "sweep.json", []

    def stop_after_ten(run, outcome, resumed):
        told.append(run.name)
        if len(told) == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep_figures(data, 1, state, results, stop_after_ten)
    resumed = []
    figures = sweep_figures(data, 1, state, results, lambda run, _, old: resumed.append(old))
    assert resumed == [True] * 10 + [False] * 26
    assert figures == sweep_figures(data, 1, state, tmp_path / "other.json")
    assert len(figures) == 38
    best = max(f.reproduced for f in figures[:36])
    assert figures[36].reproduced == best


def test_table_shows_published_beside_reproduced():
    lines = list(table([figure(), figure(name="loss", reproduced=0.1)], small_data()))
    assert [line.split() for line in "\n".join(lines).strip().splitlines()] == [
        ["tuning", "MNIST,", "published", "MNIST"],
        ["accuracy", "0.9828", "0.9828", "agrees"],
        ["loss", "0.9828", "0.1000", "DIFFERS"],
    ]


def test_summary_counts_what_should_agree():
    figures = [figure(), figure(reproduced=0.1), figure(same_data=False)]
    assert summary(figures[:2]) == "1 of 2 figures agree."
    assert summary(figures).startswith("1 of 2 figures agree; for other data: 1")


def test_json_has_null_without_expected_agreement():
    found = json.loads(json.dumps(as_object([figure(same_data=False)], small_data("synthetic"))))
    assert found["data"] == "synthetic"
    assert found["figures"][0]["agrees"] is None
    assert found["figures"][0]["printed"] == "0.9828"


def tell_all(progress, small):
    with progress:
        sweep_figures(small_data(), 1, toy_figures()[1], Path(small), progress.tell)


def test_progress_is_plain_lines_when_piped(small, tmp_path):
    stream = io.StringIO()
    progress = SweepProgress(1, console=Console(file=stream, width=100))
    tell_all(progress, tmp_path / "sweep.json")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 36
    assert lines[0].startswith(" 1/36 H=50 rate=0.0001 reg=0.1 decay=0.95: 0.")
    assert "36 runs in" in progress.summary()
    tell_all(again := SweepProgress(1, console=Console(file=stream)), tmp_path / "sweep.json")
    assert again.summary() == "All 36 runs were saved by an earlier sweep."


def test_progress_is_a_bar_on_a_terminal(small, tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    tell_all(SweepProgress(1, console=console), tmp_path / "sweep.json")
    assert "36/36" in stream.getvalue()
    assert " 1/36 H=" not in stream.getvalue()


def test_quiet_progress_says_nothing(small, tmp_path, capsys):
    tell_all(SweepProgress(1, quiet=True), tmp_path / "sweep.json")
    assert capsys.readouterr() == ("", "")


def test_interrupted_progress_says_how_to_go_on():
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), SweepProgress(1, console=Console(file=stream)):
        raise KeyboardInterrupt
    assert "Run the same command again to resume." in stream.getvalue()


def test_command_on_other_data_says_so(small, run):
    code, out, err = run("--data", "synthetic")
    assert code == 0, err
    assert out.startswith(
        "Data: synthetic made for a test\nThe published figures are for MNIST; those of"
    )
    assert "7 of 7 figures agree; for other data: 6." in out


def test_command_that_finds_differences_on_mnist_fails(small, run):
    code, out, err = run("--data", "mnist")
    assert code == 4
    assert out.count("DIFFERS") == 6
    assert err.startswith("nnlab: 6 of 13 figures differ from the published ones.")


def test_command_caches_the_sweep(small, run, tmp_path):
    code, _, err = run("--data", "synthetic", "--full")
    assert (code, err.count("/36 H=")) == (0, 36)
    assert (tmp_path / "cache" / "nnlab" / "sweep-synthetic.json").exists()
    code, out, err = run("--data", "synthetic", "--full", "--quiet")
    assert (code, err) == (0, "")
    assert "All 36 runs were saved by an earlier sweep." in out
    assert "test accuracy of the best" in out


def test_command_resumes_from_the_file_that_is_named(small, run, tmp_path):
    results = tmp_path / "mine.json"
    run("--data", "synthetic", "--full", "--resume", str(results))
    assert len(json.loads(results.read_text())["outcomes"]) == 36


def test_json_is_all_that_json_prints(small, run):
    code, out, _ = run("--data", "synthetic", "--json")
    assert code == 0
    assert len(json.loads(out)["figures"]) == 13


def test_missing_data_is_reported_in_one_sentence(run, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "nowhere"))
    code, _, err = run("--data", "mnist")
    assert code == 4
    assert err.startswith("nnlab: MNIST_DIR ")


@pytest.mark.mnist
@pytest.mark.slow
def test_every_figure_agrees_on_mnist(mnist_dir):
    """Eight seconds of one core: 2 × 2,000 iterations of the reference, to the printed digit."""
    process = subprocess.run(
        [sys.executable, "-m", "tools.cli", "transcript", "--data", "mnist", "--json"],
        env={**os.environ, "MNIST_DIR": str(mnist_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    figures = json.loads(process.stdout)["figures"]
    assert [f["agrees"] for f in figures] == [True] * 49
    losses = [x for t in ("fixed_rate", "decay") for x in published()[t]["losses"]]
    assert [f["printed"] for f in figures if f["name"].startswith("loss at")] == [
        f"{loss:.6f}" for loss in losses
    ]
