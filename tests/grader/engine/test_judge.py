"""From what was seen to credit: every way a check can end, and how checks add up to a task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.engine.judge import judge, together
from grader.engine.observation import Ended, Observation
from grader.engine.verdict import Judged
from grader.lab.data import Truth
from grader.lab.questions import HIDDEN_CASES
from tests.grader.judging import ON_IMAGES, WITHOUT_TUNING

RIGHT, PARTLY, FOLLOWED, WRONG, NOT_REACHED, NOT_ASKED, UNKNOWN = Judged


def test_right_code_without_images_has_every_point_but_theirs(right):
    verdict = right.verdict
    assert verdict.score == verdict.max_score == 100 - 25 - len(ON_IMAGES)
    assert [task.score for task in verdict.tasks] == [10, 15, 20, 9, 9, 4, 5, 0]
    assert [task.judged for task in verdict.tasks] == [*(*(RIGHT,) * 7, NOT_ASKED)]
    assert not verdict.could_not_tell
    assert verdict.flags == verdict.attention == ()


def test_a_right_check_says_so_in_its_own_words(right):
    check = right.checks["scores-hidden"]
    assert check.message == ("The scores of other shapes, with biases that are not zero: right.")
    assert (check.score, check.max_score, check.ended) == (4, 4, Ended.FINISHED)
    assert check.hint is check.misconception is None


def test_unasked_check_is_worth_nothing_to_anybody(right):
    for checks in (right.checks, right.without(*right.evidence.observations.by_question).checks):
        for check in ON_IMAGES:
            assert checks[check].judged is NOT_ASKED
            assert (checks[check].score, checks[check].max_score) == (0, 0)
            assert (
                checks[check].message
                == "The grader did not run this check, because the run has no images."
            )


def test_what_was_not_handed_in_is_not_reached(right):
    nothing = right.without(*right.evidence.observations.by_question)
    checks = nothing.with_truth(Truth("mnist", np.zeros(10, int), np.zeros(10, int))).checks
    assert {check.judged for check in checks.values()} == {NOT_REACHED}
    for check in checks.values():
        if check.task == "T#12":
            assert check.message == "No best_net.pkl or best_net.npz was handed in."
        elif check.id in {*ON_IMAGES, "step-toy"}:
            assert (
                check.message
                == "The training is judged only if the other checks of this task pass."
            )
        else:
            assert check.message == "No class TwoLayerNet was handed in."


@pytest.mark.parametrize(
    ("ended", "error", "said"),
    [
        (Ended.RAISED, "ValueError: a slip", "Your code stopped with an error: ValueError: a slip"),
        (Ended.RAISED, None, "Your code stopped with an error."),
        (Ended.TIMED_OUT, None, "Your code ran out of time."),
        (Ended.OUT_OF_MEMORY, "1 GiB is all", "Your code ran out of memory: 1 GiB is all"),
        (Ended.KILLED, None, "The process that ran your code ended."),
        (Ended.FLOODED, None, "Your code printed too much."),
    ],
)
def test_an_answer_that_never_came_is_wrong_and_says_how_it_ended(right, ended, error, said):
    verdict = right.ended("scores/wide", ended, error)
    check = verdict.checks["scores-hidden"]
    assert (check.judged, check.ended, check.score, check.message) == (WRONG, ended, 0, said)
    assert verdict.changed_from(right) == {"scores-hidden"}


def test_a_failure_of_the_sandbox_is_no_wrong_answer(right):
    verdict = right.ended("predict/wide", Ended.SANDBOX_FAILED, "no room").verdict
    labels = next(task for task in verdict.tasks if task.task == "T#11")
    hidden = next(check for check in labels.checks if check.id == "predict-hidden")
    assert (hidden.judged, hidden.ended) == (UNKNOWN, Ended.SANDBOX_FAILED)
    assert hidden.message == "The grader could not run this: no room"
    assert labels.judged is UNKNOWN
    assert labels.score == 3
    assert verdict.could_not_tell


def test_a_failure_of_ours_is_no_wrong_answer(right):
    broken = right.with_array("loss/wide", "grads/W1", np.full((17, 5), "text"))
    check = broken.checks["gradient-W1"]
    assert (check.judged, check.score) == (UNKNOWN, 0)
    assert check.message.startswith("The grader failed here (ValueError: could not convert")
    assert check.message.endswith("); your instructor will look at it.")
    assert broken.changed_from(right) == {"gradient-W1"}
    # Whether the training may be judged hangs on the gradients: that cannot be told either.
    assert broken.checks["step-toy"].judged is UNKNOWN


def test_a_failure_of_ours_in_what_follows_through_is_told_as_well(right):
    broken = _labels_of_other_scores(right)
    broken = broken.with_array("scores/tall", "scores", np.full((40, 5), "text"))
    check = broken.checks["predict-hidden"]
    assert (check.judged, check.score) == (UNKNOWN, 0)
    assert check.message.startswith("The grader failed here (")


def test_code_that_was_never_imported_is_not_reached(right):
    gone = right.ended("scores/wide", Ended.RAISED, "the code cannot be imported: SyntaxError")
    check = gone.checks["scores-hidden"]
    assert check.judged is NOT_REACHED
    assert check.message == ("The code cannot be imported: SyntaxError")


def test_a_stub_is_not_done_yet_rather_than_wrong(right):
    stub = right.ended("scores/wide", Ended.RAISED, "NotImplementedError: T#5 is not done yet")
    check = stub.checks["scores-hidden"]
    assert (check.judged, check.message) == (NOT_REACHED, "T#5 is not done yet.")


@pytest.mark.parametrize("task", ["T#8", "T#9", "T#10"])
def test_a_stub_in_train_is_seen_in_the_record(right, task):
    checks = right.with_values("record/steps", undone=[task]).checks
    for check in checks.values():
        if check.task == task and check.id not in ON_IMAGES:
            assert (check.judged, check.message) == (NOT_REACHED, f"{task} is not done yet.")
        elif check.id not in ON_IMAGES and check.task in WITHOUT_TUNING:
            assert check.judged is RIGHT


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ((), "T#5 must work first: a slip"),
        (("scores",), "T#6 must work first: a slip"),
        (("scores", "loss"), None),
    ],
)
def test_an_error_belongs_to_the_first_task_that_left_nothing(right, seen, says):
    broken = right.ended("loss/wide", Ended.RAISED, "a slip")
    if seen == ("scores",):  # nor are there enough other cases that credit could follow from
        for case in HIDDEN_CASES:
            broken = broken.ended(f"loss/{case}", Ended.RAISED, "a slip")
    if "scores" not in seen:
        broken = broken.ended("scores/wide", Ended.RAISED, "a slip")
    if "loss" in seen:
        loss = right.array("loss/wide", "loss")
        broken = broken.with_array("loss/wide", "loss", loss)
    for name in ("W1", "b1", "W2", "b2"):
        check = broken.checks[f"gradient-{name}"]
        if says is None:
            assert (check.judged, check.message) == (
                WRONG,
                "Your code stopped with an error: a slip",
            )
        elif "scores" in seen:
            assert (check.judged, check.message) == (NOT_REACHED, says)
        else:  # other cases show these gradients
            assert check.judged is RIGHT


def test_an_error_of_the_loss_is_its_own_where_the_scores_came(right):
    check = right.ended("loss/wide", Ended.RAISED, "a slip").checks["loss-reg"]
    assert (check.judged, check.message) == (WRONG, "Your code stopped with an error: a slip")


def test_a_decay_that_was_not_seen_waits_for_the_step(right):
    broken = right.with_values("record/steps", num_calls=12).with_error("record/steps", "a slip")
    assert broken.checks["decay-epoch"].judged is WRONG
    states = right.array("record/steady", "params/b1")
    wrong_step = broken.with_array("record/steady", "params/b1", 0.5 * states)
    assert wrong_step.checks["decay-epoch"].judged is NOT_REACHED
    assert wrong_step.checks["decay-epoch"].message == "T#9 must work first: a slip"
    # A step that was not seen waits for no other.
    unseen = right.with_values("record/steady", num_calls=12)
    unseen = unseen.with_array("record/steady", "params/b1", 0.5 * states[:-1])
    for name in ("W1", "W2", "b2"):
        states = right.array("record/steady", f"params/{name}")
        unseen = unseen.with_array("record/steady", f"params/{name}", states[:-1])
    unseen = unseen.with_error("record/steady", "a slip")
    assert unseen.checks["step-b1"].judged is WRONG
    assert unseen.checks["step-b1"].message == "Your code stopped with an error: a slip"


def test_running_out_of_time_is_put_down_to_no_other_task(right):
    slow = right.ended("scores/wide", Ended.TIMED_OUT).ended("predict/wide", Ended.TIMED_OUT)
    assert slow.checks["predict-hidden"].judged is WRONG
    assert slow.checks["predict-hidden"].message == "Your code ran out of time."
    raising = right.ended("scores/wide", Ended.RAISED).ended("predict/wide", Ended.RAISED, "slip")
    assert raising.checks["predict-hidden"].judged is NOT_REACHED
    assert raising.checks["predict-hidden"].message == "T#5 must work first: slip"


def test_a_training_without_a_batch_leaves_the_later_tasks_unreached(right):
    records = [f"record/{case}" for case in ("steps", "steady", "reach", "small-data")]
    broken = right
    for record in records:
        broken = broken.ended(record, Ended.RAISED, "a slip")
    for check in broken.checks.values():
        if check.task in ("T#9", "T#10") and check.id not in (*ON_IMAGES, "step-toy"):
            assert check.judged is NOT_REACHED
            assert check.message == "T#8 must work first: a slip"
        if check.task == "T#8" and check.id not in ON_IMAGES:
            assert check.judged is WRONG
            assert check.message == "Your code stopped with an error: a slip"


def test_a_training_that_never_asks_for_the_loss_is_told(right):
    silent = right.with_observation(
        Observation("record/steps", Ended.FINISHED, values={"num_calls": 0})
    )
    assert silent.checks["batch-shape"].message == (
        "train() never calls self.loss(), so the grader cannot see its batches and steps."
    )


def test_credit_that_follows_through_is_worth_what_the_rubric_says(right):
    wrong = _labels_of_other_scores(right)
    assert wrong.checks["predict-hidden"].judged is FOLLOWED
    assert wrong.checks["predict-hidden"].score == 2
    check = wrong.with_rubric(follow_through=0.25).checks["predict-hidden"]
    assert (check.judged, check.score) == (FOLLOWED, 0.5)
    assert check.message == "The labels are those of the highest scores at hand."


def test_credit_that_follows_through_is_cut_by_a_deviation_too(right):
    column = _labels_of_other_scores(right)
    for case in ("square", "wide", "tall"):
        labels = column.array(f"predict/{case}", "labels")
        column = column.with_array(f"predict/{case}", "labels", labels[:, None])
    check = column.checks["predict-hidden"]
    assert (check.judged, check.score) == (FOLLOWED, 1.8)
    # The lower of the two counts, not their product.
    check = column.with_rubric(follow_through=0.5).checks["predict-hidden"]
    assert check.score == 1


def _labels_of_other_scores(right):
    """T#5 wrong, T#11 right for it."""
    for case in ("square", "wide", "tall"):
        scores = -right.array(f"scores/{case}", "scores")
        right = right.with_array(f"scores/{case}", "scores", scores)
        right = right.with_array(f"predict/{case}", "labels", scores.argmax(axis=1))
    return right


def test_the_least_worth_of_several_deviations_counts_and_all_are_told(right):
    column = right.array("predict/square", "labels")[:, None]
    altered = right.with_array("predict/square", "labels", column)
    altered = altered.with_array(
        "predict/wide", "labels", right.array("predict/wide", "labels"), type="list"
    )
    deviations = dict(right.evidence.rubric.deviations)
    deviations["list-for-array"] = replace(deviations["list-for-array"], worth=0.3)
    check = altered.with_rubric(deviations=deviations).checks["predict-hidden"]
    assert (check.judged, check.score) == (PARTLY, 0.6)
    for slug in ("labels-as-column", "list-for-array"):
        assert deviations[slug].sentence in check.message


def test_points_have_four_digits(right):
    labels = right.array("predict/square", "labels")[:, None]
    deviations = dict(right.evidence.rubric.deviations)
    deviations["labels-as-column"] = replace(deviations["labels-as-column"], worth=0.123456)
    altered = right.with_array("predict/square", "labels", labels)
    verdict = altered.with_rubric(deviations=deviations).verdict
    labels = next(task for task in verdict.tasks if task.task == "T#11")
    assert [check.score for check in labels.checks] == [2, 0.2469, 1]
    assert labels.score == 3.2469
    assert verdict.score == 72 - 5 + 3.2469


def test_a_deviation_worth_everything_leaves_the_answer_right(right):
    loss = right.array("loss/square", "loss").reshape(1)
    check = right.with_array("loss/square", "loss", loss).checks["loss-data"]
    assert (check.judged, check.score) == (RIGHT, 4)
    assert check.message == right.evidence.rubric.deviations["array-for-number"].sentence


def test_a_deviation_of_one_check_is_not_another_s(right):
    column = right.array("predict/square", "labels")[:, None]
    altered = right.with_array("predict/square", "labels", column)
    assert altered.changed_from(right) == {"predict-hidden"}


def test_judging_again_says_the_same(right):
    wrong = _labels_of_other_scores(right)
    evidence = replace(wrong.evidence, deviations=[])
    assert judge(evidence) == judge(evidence) == wrong.verdict


def test_a_check_alone_is_judged_as_among_all(right):
    """What other checks say is asked where it is needed, and leaves no deviation behind."""
    row = right.array("loss/wide", "grads/b2")[None]
    raising = right.ended("loss/tall", Ended.RAISED, "a slip")
    for altered in (
        right,
        right.with_array("loss/square", "loss", np.array(7.0)),
        right.with_array("loss/wide", "grads/b2", row),
        raising,
        _labels_of_other_scores(right),
    ):
        for check, verdict in altered.checks.items():
            assert altered.alone(check) == verdict
    assert raising.checks["step-toy"].judged is FOLLOWED
    assert right.checks["step-toy"].judged is RIGHT


def test_nothing_returned_is_not_the_same_as_nothing_seen(right):
    nothing = right.with_observation(Observation("scores/wide", Ended.FINISHED))
    check = nothing.checks["scores-hidden"]
    assert (check.judged, check.ended) == (WRONG, Ended.FINISHED)
    assert check.message == "scores is None, expected an array of shape (4, 3) = (N, C)."


@pytest.mark.parametrize(
    ("checks", "task"),
    [
        ({RIGHT}, RIGHT),
        ({WRONG}, WRONG),
        ({FOLLOWED}, FOLLOWED),
        ({NOT_REACHED}, NOT_REACHED),
        ({PARTLY}, PARTLY),
        ({RIGHT, FOLLOWED}, FOLLOWED),
        ({WRONG, NOT_REACHED}, WRONG),
        ({RIGHT, WRONG}, PARTLY),
        ({RIGHT, NOT_REACHED}, PARTLY),
        ({RIGHT, PARTLY}, PARTLY),
        ({FOLLOWED, WRONG}, PARTLY),
        ({FOLLOWED, NOT_REACHED}, PARTLY),
        ({PARTLY, FOLLOWED}, PARTLY),
        ({RIGHT, FOLLOWED, WRONG}, PARTLY),
        ({WRONG, NOT_REACHED, PARTLY}, PARTLY),
        ({UNKNOWN}, UNKNOWN),
        ({RIGHT, WRONG, UNKNOWN}, UNKNOWN),
    ],
)
def test_checks_of_a_task_are_summed_up_in_one_word(checks, task):
    assert together(set(checks)) is task


def test_what_is_changed_in_place_is_told_once_and_costs_nothing(right):
    altered = right
    for question, names in (
        ("scores/wide", ["X", "W1"]),
        ("loss/tall", ["X"]),
        ("predict/wide", ["X"]),
        ("record/steps", ["y"]),
        ("grads/published", ["y"]),
    ):
        altered = altered.with_values(question, changed=names)
    assert altered.verdict.flags == (
        "loss() changes W1, X in place.",
        "loss() changes X in place.",
        "loss() changes y in place.",
        "predict() changes X in place.",
        "train() changes y in place.",
    )
    assert altered.changed_from(right) == set()
