"""The questions that are drawn from a run's seed."""

from __future__ import annotations

from grader.lab.questions import make_questions


def test_seeds_fit_numpy_for_any_run() -> None:
    """`np.random.seed` refuses 2**32 and more; a run's seed has 63 bits."""
    seeds = [question.seed for question in make_questions(2**63 - 1, with_data=True).questions]
    assert len(seeds) > 30
    assert all(0 <= seed < 2**32 for seed in seeds)
