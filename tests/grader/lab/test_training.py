"""The real trainings: one that falls short counts once, against the task that is to blame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.engine.observation import Ended, Observation
from grader.engine.verdict import Judged
from grader.lab.data import Truth
from grader.lab.questions import PARAMS

ON_IMAGES = {"T#8": "batch-training", "T#9": "step-training", "T#10": "decay-training"}
TRUTH = Truth("mnist", np.arange(1000) % 10, np.arange(10))
SHORT = "After 200 steps the accuracy is 0.500, expected above 0.8."


def with_accuracy(right, right_labels, truth=TRUTH):
    """A training on images after which so many of a thousand labels are right."""
    labels = truth.y_val.copy()
    labels[right_labels:] = (labels[right_labels:] + 5) % 10
    seen = Observation("train/images", Ended.FINISHED, arrays={"reference_labels/val": labels})
    return right.with_truth(truth).with_observation(seen)


def wrong_shape(right):
    """One check of T#8 fails, the others hold."""
    shapes = [[5], *right.evidence.observation("record/steps").values["y_shapes"][1:]]
    return right.with_values("record/steps", y_shapes=shapes)


def same_batches(right):
    """Every check of T#8 fails."""
    batch = right.array("record/steps", "batch/X")
    altered = right.with_array("record/steps", "batch/X", np.repeat(batch[:1], 13, axis=0))
    return wrong_shape(altered)


def one_lost_step(right):
    """b1 misses a step: two checks of T#9 fail, the others hold."""
    states = right.array("record/steady", "params/b1")
    states[6:] += states[5] - states[6]
    return right.with_array("record/steady", "params/b1", states)


def no_decay(right):
    """Both checks of T#10 fail."""
    for name in PARAMS:
        states = right.array("record/steady", f"params/{name}")
        right = right.with_array("record/steps", f"params/{name}", states)
    return right


def wrong_passes(right):
    return right.with_array("loss/square", "loss", np.array(7.0))


def judged(altered):
    checks = altered.checks
    return {task: checks[check].judged for task, check in ON_IMAGES.items()}


@pytest.mark.parametrize(("labels", "says"), [(801, Judged.RIGHT), (800, Judged.WRONG)])
def test_a_training_has_to_pass_its_threshold(right, labels, says):
    altered = with_accuracy(right, labels)
    assert judged(altered) == dict.fromkeys(ON_IMAGES, says)
    if says is Judged.WRONG:
        for check in ON_IMAGES.values():
            message = "After 200 steps the accuracy is 0.800, expected above 0.8."
            assert altered.checks[check].message == message


def test_each_data_set_has_its_own_threshold(right):
    threshold = replace(right.evidence.rubric.threshold, training_synthetic=0.95)
    right = right.with_rubric(threshold=threshold)
    synthetic = replace(TRUTH, kind="synthetic")
    assert judged(with_accuracy(right, 900, TRUTH))["T#9"] is Judged.RIGHT
    assert judged(with_accuracy(right, 900, synthetic))["T#9"] is Judged.WRONG


def test_only_the_first_images_are_compared(right):
    seen = Observation(
        "train/images", Ended.FINISHED, arrays={"reference_labels/val": TRUTH.y_val[:500]}
    )
    altered = right.with_truth(TRUTH).with_observation(seen)
    assert judged(altered) == dict.fromkeys(ON_IMAGES, Judged.RIGHT)


@pytest.mark.parametrize(
    ("fault", "task", "own"),
    [
        (wrong_shape, "T#8", Judged.WRONG),
        (same_batches, "T#8", Judged.NOT_REACHED),
        (one_lost_step, "T#9", Judged.WRONG),
        (no_decay, "T#10", Judged.NOT_REACHED),
    ],
)
def test_a_weak_training_counts_against_its_cause(right, fault, task, own):
    altered = with_accuracy(fault(right), 500)
    expected = dict.fromkeys(ON_IMAGES, Judged.FOLLOW_THROUGH) | {task: own}
    assert judged(altered) == expected
    for other, check in ON_IMAGES.items():
        found = altered.checks[check]
        if other != task:
            assert found.score == found.max_score
            assert found.message == (
                f"{SHORT} Another task causes this. We judged this task on its own, and it "
                "is right."
            )
        elif own is Judged.WRONG:
            assert (found.score, found.message) == (0, SHORT)
        else:
            said = "The training is judged only if the other checks of this task pass."
            assert (found.score, found.message) == (0, said)


@pytest.mark.parametrize("fault", [wrong_shape, one_lost_step])
def test_a_training_that_still_learns_is_right(right, fault):
    altered = with_accuracy(fault(right), 900)
    assert judged(altered) == dict.fromkeys(ON_IMAGES, Judged.RIGHT)


@pytest.mark.parametrize("labels", [500, 900])
def test_a_training_tells_nothing_with_wrong_passes(right, labels):
    altered = with_accuracy(wrong_passes(right), labels)
    assert judged(altered) == dict.fromkeys(ON_IMAGES, Judged.FOLLOW_THROUGH)
    assert altered.checks["step-training"].message == (
        "We could not train your network, because scores, loss or gradients are wrong. We judged "
        "this task on its own, and it is right."
    )
    altered = with_accuracy(wrong_passes(one_lost_step(right)), labels)
    assert judged(altered)["T#8"] is Judged.FOLLOW_THROUGH
    assert judged(altered)["T#9"] is Judged.NOT_REACHED


def test_a_training_that_is_slow_is_nobodys_fault(right):
    """Batches, steps and rates were seen to their end with a loss that takes no time."""
    slow = right.with_truth(TRUTH).ended("train/images", Ended.TIMED_OUT, "a limit")
    assert judged(slow) == dict.fromkeys(ON_IMAGES, Judged.FOLLOW_THROUGH)
    assert slow.checks["step-training"].message == (
        "The training ran out of time: loss() or predict() is slow. We judged this task "
        "on its own, and it is right."
    )


def test_a_stopped_training_counts_against_its_cause(right):
    stopped = right.with_truth(TRUTH).ended("train/images", Ended.RAISED, "a slip")
    assert judged(stopped) == dict.fromkeys(ON_IMAGES, Judged.WRONG)
    assert stopped.checks["decay-training"].message.endswith(": a slip")
    stopped = one_lost_step(stopped)
    assert judged(stopped)["T#9"] is Judged.WRONG
    assert judged(stopped)["T#8"] is judged(stopped)["T#10"] is Judged.FOLLOW_THROUGH
    assert stopped.checks["batch-training"].message == (
        "The training stopped in the code of another task. We judged this task on its "
        "own, and it is right."
    )


@pytest.mark.parametrize(
    "ended", [Ended.TIMED_OUT, Ended.KILLED, Ended.FLOODED, Ended.OUT_OF_MEMORY]
)
def test_a_predict_that_kills_is_t11_alone(right, ended):
    stopped = right.with_truth(TRUTH).ended("train/images", ended, "the end")
    stopped = stopped.ended("predict/published", ended, "the end")
    assert judged(stopped) == dict.fromkeys(ON_IMAGES, Judged.FOLLOW_THROUGH)
    assert stopped.checks["predict-published"].judged is Judged.WRONG


@pytest.mark.parametrize(
    ("predict", "train"),
    [
        (Ended.TIMED_OUT, Ended.RAISED),
        (Ended.RAISED, Ended.RAISED),
    ],
)
def test_an_error_in_predict_excuses_no_training(right, predict, train):
    stopped = right.with_truth(TRUTH).ended("train/images", train, "the end")
    stopped = stopped.ended("predict/published", predict, "the end")
    assert judged(stopped) == dict.fromkeys(ON_IMAGES, Judged.WRONG)


def test_a_training_that_leaves_nothing_is_told(right):
    said = "After training, the parameters are missing or not finite."
    nothing = right.with_truth(TRUTH).with_observation(Observation("train/images", Ended.FINISHED))
    assert nothing.checks["batch-training"].message == said
    for name in PARAMS:
        params = right.array("train/toy", f"params/{name}")
        params.flat[-1] = np.inf
        infinite = right.with_array("train/toy", f"params/{name}", params)
        check = infinite.checks["step-toy"]
        assert (check.judged, check.message) == (Judged.WRONG, said)
        assert infinite.changed_from(right) == set()


def test_the_toy_training_uses_the_references_loss(right):
    """Whatever the student's own loss says: parameters are what counts."""
    untrained = right
    for name in PARAMS:
        start = right.evidence.answers.case("published").arrays[name]
        untrained = untrained.with_array("train/toy", f"params/{name}", start)
    scores = right.array("scores/published", "scores")
    y = right.evidence.answers.case("published").arrays["y"]
    exps = np.exp(scores)
    loss = -np.log(exps[range(5), y] / exps.sum(axis=1)).mean()
    check = untrained.checks["step-toy"]
    assert check.judged is Judged.WRONG
    assert check.message == f"The final loss is {loss:.4g}, expected below 0.05."
    low = replace(right.evidence.rubric.threshold, toy_loss=float(loss) + 1e-9)
    assert untrained.with_rubric(threshold=low).checks["step-toy"].judged is Judged.RIGHT
    low = replace(low, toy_loss=float(loss) - 1e-9)
    assert untrained.with_rubric(threshold=low).checks["step-toy"].judged is Judged.WRONG


@pytest.mark.parametrize("name", PARAMS)
def test_a_toy_network_must_keep_its_shape(right, name):
    params = right.array("train/toy", f"params/{name}")
    for other in (np.concatenate([params, params]), params[:-1]):
        altered = right.with_array("train/toy", f"params/{name}", other)
        check = altered.checks["step-toy"]
        assert check.judged is Judged.WRONG
        assert check.message == "The training changes the shapes of the parameters."


@pytest.mark.parametrize("name", ["b1", "b2"])
def test_a_bias_as_a_row_still_counts(right, name):
    """Where T#7 gives a row for it, `p = p - rate * grad` makes one of it."""
    row = right.array("train/toy", f"params/{name}")[None]
    assert (
        right.with_array("train/toy", f"params/{name}", row).checks["step-toy"]
        == (right.checks["step-toy"])
    )
