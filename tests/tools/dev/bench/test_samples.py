"""The submissions that graders are compared on, and the checks they are given."""

from __future__ import annotations

import pytest

from tools.course.collect.collecting import collect
from tools.dev.bench.peers.compare import passed_checks
from tools.dev.bench.peers.faults import _WRONG
from tools.dev.bench.samples import REFERENCE, sample_texts, write_submissions


def test_the_reference_passes_every_toy_check():
    text = REFERENCE.read_text(encoding="utf-8")
    assert passed_checks(text) == {"scores", "loss", "gradients", "training", "predict"}


def test_a_class_that_is_wrong_everywhere_passes_none():
    assert passed_checks(_WRONG) == set()


@pytest.mark.parametrize("count", [5, 10, 50])
def test_a_fifth_is_right_and_the_rest_differ(count):
    texts = sample_texts(count)
    right = REFERENCE.read_text(encoding="utf-8")
    assert len(texts) == count
    assert texts.count(right) == count // 5
    assert len(set(texts)) == count - count // 5 + 1


def test_written_submissions_are_collected_in_their_order(tmp_path):
    texts = sample_texts(5)
    entries = collect([write_submissions(tmp_path / "class", texts)]).entries
    assert [entry.student for entry in entries] == [f"student{at:03}" for at in range(5)]
