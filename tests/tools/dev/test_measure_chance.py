"""The tool that measures how often right code misses a check."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from grader.engine.rubric import load_rubric
from grader.two_layer_net import LAB
from tools.dev import measure_chance


def test_right_variants_miss_nothing(project):
    ended = subprocess.run(
        [sys.executable, "-m", "tools.dev.measure_chance", "--seeds", "2", "--variant", "momentum"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    first, toy, last = ended.stdout.splitlines()
    assert first == "momentum: 0 checks missed in 2 run seeds"
    assert toy.startswith("    toy loss (below 0.05): ")
    assert last == "Missed checks in all: 0"


def test_missed_check_is_told_beside_the_thresholds():
    found = measure_chance.Measurement(
        "reference", 3, Counter({"step-W1: W1: it never changes.": 2}), [0.01, 0.02], {}
    )
    found.accuracies["mnist"] = [0.91, 0.92, 0.93]
    rubric = load_rubric(LAB)
    assert list(measure_chance._report(found, rubric)) == [
        "reference: 2 checks missed in 3 run seeds",
        "    2 x step-W1: W1: it never changes.",
        "    toy loss (below 0.05): 0.01 / 0.015 / 0.02 (least, median, most of 2)",
        f"    accuracy on mnist (above {rubric.threshold.training_mnist}): "
        "0.91 / 0.92 / 0.93 (least, median, most of 3)",
    ]


def test_unknown_variant_is_refused(capsys):
    with pytest.raises(SystemExit):
        measure_chance.main(["--variant", "momentun"])
    assert "invalid choice: 'momentun'" in capsys.readouterr().err
