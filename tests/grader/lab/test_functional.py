"""The stages give what the reference gives, bit for bit or nearly."""

from __future__ import annotations

import numpy as np
import pytest

from grader.lab.answers import make_answers
from grader.lab.functional import FUNCTION_NAMES, RIGHT
from grader.lab.questions import PARAMS, make_questions, reg_of

CASES = ("square", "wide", "tall", "one-example", "two-classes", "one-hidden", "small")


@pytest.mark.parametrize("case", CASES)
def test_stages_agree_with_the_reference(case):
    answers, reg = make_answers(3), reg_of(case)
    arrays = answers.case(case).arrays
    assert RIGHT.scores(arrays["X"], arrays) == pytest.approx(answers.scores(case), rel=1e-12)
    loss, grads = RIGHT.loss(arrays["X"], arrays["y"], arrays, reg)
    right_loss, right_grads = answers.loss(case, reg)
    assert loss == pytest.approx(right_loss, rel=1e-12)
    for name in PARAMS:
        assert grads[name] == pytest.approx(right_grads[name], rel=1e-10, abs=1e-14)
    labels = RIGHT.labels_of(RIGHT.scores(arrays["X"], arrays))
    assert np.array_equal(labels, answers.labels(case))


def test_steps_fall_once_an_epoch():
    params = {"b1": np.zeros(1)}
    states = RIGHT.steps(params, {"b1": np.ones((6, 1))}, 1.0, 0.5, 2)
    assert (-np.diff(states["b1"].ravel())).tolist() == [1.0, 0.5, 0.5, 0.25, 0.25, 0.125]
    assert params["b1"] == 0


def test_with_function_replaces_the_stage_it_names():
    def step(params, grads, learning_rate, memory): ...

    stages = RIGHT.with_function(step)
    changed = [name for name in FUNCTION_NAMES if getattr(stages, name) != getattr(RIGHT, name)]
    assert changed == ["step"]


@pytest.mark.parametrize("seed", [0, 1, 2**31])
def test_the_seed_decides_the_questions(seed):
    make_questions.cache_clear()
    once, other = make_questions(seed), make_questions(seed + 1)
    make_questions.cache_clear()
    again = make_questions(seed)
    assert once.questions == again.questions
    for name, case in once.cases.items():
        for key, array in case.arrays.items():
            assert np.array_equal(array, again.cases[name].arrays[key])
        if not case.public:
            assert not np.array_equal(case.arrays["X"], other.cases[name].arrays["X"])


def test_every_class_occurs_and_no_bias_vanishes():
    for seed in range(5):
        for name in ("square", "wide", "tall", "two-classes", "one-hidden", "small"):
            arrays = make_questions(seed).cases[name].arrays
            C = len(arrays["b2"])
            assert set(make_answers(seed).labels(name)) == set(range(C))
            assert set(arrays["y"]) == set(range(C))
            assert min(np.abs(arrays["b1"]).min(), np.abs(arrays["b2"]).min()) >= 0.2
        twin = make_questions(seed).cases["twin"].arrays
        assert not twin["b1"].any()
        assert not twin["b2"].any()
        public = make_questions(seed).cases["published"].arrays
        assert {key: twin[key].shape for key in twin} == {key: public[key].shape for key in public}


def test_large_scores_overflow_exp_without_zero_probabilities():
    for seed in range(50):
        answers = make_answers(seed)
        arrays, scores = answers.case("large").arrays, answers.scores("large")
        assert scores.max(axis=1).min() > 709.8
        assert (scores - scores.mean(axis=1, keepdims=True)).max() > 709.8
        shifted = np.exp(scores - scores.max())
        probs = (shifted / shifted.sum(axis=1, keepdims=True))[np.arange(6), arrays["y"]]
        assert -np.log(probs).mean() == pytest.approx(answers.loss("large", 0.0)[0], rel=1e-12)
        # The smallest floor that people put inside a logarithm would change the loss.
        assert probs.min() < 1e-20
