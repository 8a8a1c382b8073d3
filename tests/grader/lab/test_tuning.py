"""T#12: what an accuracy earns, whose accuracy it is, and what is told where it earns nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.engine.judge import judge
from grader.engine.observation import Ended, Observation
from grader.engine.verdict import Judged
from grader.lab.data import Truth

TRUTH = Truth("mnist", np.arange(1000) % 10, np.arange(2000) % 10)
CHECKS = {"val": "tuning-validation", "test": "tuning-test"}


def labels_of(truth, wrong):
    labels = truth.copy()
    labels[:wrong] = (labels[:wrong] + 5) % 10
    return labels


@pytest.fixture
def tuned(right):
    """A network that was loaded, and has every label right."""
    right = right.with_truth(TRUTH).with_observation(Observation("best_net/load", Ended.FINISHED))
    for name, truth in (("val", TRUTH.y_val), ("test", TRUTH.y_test)):
        right = right.with_observation(Observation(f"best_net/{name}", Ended.FINISHED))
        right = right.with_array(f"best_net/{name}", "labels", truth)
    return right.with_values("best_net/load", finite=True, data="mnist")


def with_wrong(tuned, name, wrong):
    truth = TRUTH.y_val if name == "val" else TRUTH.y_test
    return tuned.with_array(f"best_net/{name}", "labels", labels_of(truth, wrong))


@pytest.mark.parametrize(
    ("name", "wrong", "score"),
    [
        ("val", 0, 13),
        ("val", 25, 13),
        ("val", 26, 0.9 * 13),  # 0.974 itself is not above it
        ("val", 30, 0.75 * 13),
        ("val", 59, 0.5 * 13),
        ("val", 60, 0.25 * 13),
        ("val", 99, 0.25 * 13),
        ("val", 100, 0),
        ("test", 73, 12),
        ("test", 74, 0.9 * 12),
        ("test", 219, 0.25 * 12),
        ("test", 220, 0),
    ],
)
def test_each_step_of_the_ladder_is_exceeded(tuned, name, wrong, score):
    altered = with_wrong(tuned, name, wrong)
    check = altered.checks[CHECKS[name]]
    assert check.score == pytest.approx(score)
    assert altered.changed_from(tuned) == ({CHECKS[name]} if score < check.max_score else set())
    assert check.judged is (
        Judged.WRONG if not score else Judged.PARTLY if score < check.max_score else Judged.RIGHT
    )


def test_each_data_set_has_its_own_ladder(tuned):
    tuning = dict(tuned.evidence.rubric.tuning)
    tuning["synthetic"] = replace(tuning["synthetic"], validation=((0.99, 0.5),))
    altered = tuned.with_rubric(tuning=tuning)
    assert altered.checks["tuning-validation"].score == 13
    altered = altered.with_values("best_net/load", data="synthetic")
    altered = altered.with_truth(replace(TRUTH, kind="synthetic"))
    assert altered.checks["tuning-validation"].score == 6.5


def test_a_worthless_accuracy_is_told_with_the_ladder(tuned):
    check = with_wrong(tuned, "val", 150).checks["tuning-validation"]
    assert check.message == (
        "The accuracy is 0.8500, expected above 0.974; points start above 0.9."
    )
    check = with_wrong(tuned, "test", 600).checks["tuning-test"]
    assert check.message == (
        "The accuracy is 0.7000, expected above 0.963; points start above 0.89."
    )


@pytest.mark.parametrize(("wrong", "told"), [(49, True), (50, False)])
def test_a_network_for_scaled_pixels_is_told(tuned, wrong, told):
    altered = with_wrong(tuned, "val", 900)
    altered = altered.with_observation(Observation("best_net/val-255", Ended.FINISHED))
    labels = labels_of(TRUTH.y_val[:500], wrong)
    altered = altered.with_array("best_net/val-255", "labels", labels)
    message = altered.checks["tuning-validation"].message
    assert message.endswith("not divided.") is told
    for other in (labels[:, None], np.array(7)):
        no_labels = altered.with_array("best_net/val-255", "labels", other)
        check = no_labels.checks["tuning-validation"]
        assert (check.judged, check.message.endswith(" above 0.9.")) == (Judged.WRONG, True)


@pytest.mark.parametrize("name", CHECKS)
def test_the_form_of_labels_does_not_matter(tuned, name):
    labels = tuned.array(f"best_net/{name}", "labels")
    column = tuned.with_array(f"best_net/{name}", "labels", labels[:, None])
    assert column.checks[CHECKS[name]].judged is Judged.RIGHT


def test_parameters_that_are_not_finite_are_no_network(tuned):
    check = tuned.with_values("best_net/load", finite=False).checks["tuning-validation"]
    assert (check.judged, check.score) == (Judged.WRONG, 0)
    assert check.message == "The parameters of best_net are not all finite (nan or inf)."


def with_own_parameters(tuned, name, wrong):
    truth = TRUTH.y_val if name == "val" else TRUTH.y_test
    load = tuned.evidence.observation("best_net/load")
    arrays = {**load.arrays, f"reference_labels/{name}": labels_of(truth, wrong)}
    return tuned.with_observation(replace(load, arrays=arrays))


@pytest.mark.parametrize("name", CHECKS)
def test_good_parameters_count_where_the_students_code_fails(tuned, name):
    broken = tuned.ended(f"best_net/{name}", Ended.RAISED, "a slip")
    check = broken.checks[CHECKS[name]]
    assert (check.judged, check.score) == (Judged.WRONG, 0)
    check = with_own_parameters(broken, name, 0).checks[CHECKS[name]]
    assert (check.judged, check.score) == (Judged.FOLLOW_THROUGH, check.max_score)
    share = 0.25 if name == "test" else 0.5
    check = with_own_parameters(broken, name, 50 if name == "val" else 150).checks[CHECKS[name]]
    assert (check.judged, check.score) == (Judged.FOLLOW_THROUGH, share * check.max_score)
    check = with_own_parameters(broken, name, 900).checks[CHECKS[name]]
    assert (check.judged, check.message) == (
        Judged.WRONG,
        "Your code stopped with an error: a slip",
    )


def test_parameters_follow_through_where_own_labels_are_wrong(tuned):
    check = with_own_parameters(with_wrong(tuned, "val", 900), "val", 0).checks["tuning-validation"]
    assert (check.judged, check.score) == (Judged.FOLLOW_THROUGH, 13)


@pytest.mark.parametrize(("shape", "told"), [([4, 10], True), ([784], True), ([784, 50], False)])
def test_a_network_for_other_inputs_is_told(tuned, shape, told):
    broken = tuned.ended("best_net/val", Ended.RAISED, "a slip")
    broken = broken.with_values("best_net/load", kinds={"params/W1": {"shape": shape}})
    message = broken.checks["tuning-validation"].message
    if told:
        assert message == (
            f"best_net is not a network for the images: its W1 has shape {tuple(shape)}, expected "
            "(784, H), one row for each pixel."
        )
    else:
        assert message == "Your code stopped with an error: a slip"


def test_without_images_nothing_is_asked(right):
    for check in CHECKS.values():
        assert right.checks[check].judged is Judged.NOT_ASKED
        assert right.checks[check].max_score == 0


def test_the_accuracy_and_the_next_step_are_told(tuned):
    tuning = dict(tuned.evidence.rubric.tuning)
    ladder = ((1.0, 1.0), (0.9, 0.75), (0.5, 0.5))
    tuning["mnist"] = replace(tuning["mnist"], validation=ladder, test=((0.9, 1.0),))
    checks = tuned.with_rubric(tuning=tuning).checks
    assert checks["tuning-validation"].message == (
        "The accuracy of best_net on the validation images: partly right. It is 1.0000, which "
        "gives 75% of the points; 100% above 1.0."
    )
    assert checks["tuning-test"].message == (
        "The accuracy of best_net on the test images: right. It is 1.0000."
    )


COPIED = np.arange(0, 2000, 2)


def with_copies(tuned, right_share, saved_share=0.0):
    """Labels of perturbed copies, of which so many are right, and those of saved parameters."""
    truth = TRUTH.y_test[COPIED]
    labels = labels_of(truth, round((1 - right_share) * len(truth)))
    tuned = tuned.with_array("best_net/test", "labels/perturbed", labels)
    tuned = tuned.with_array("best_net/test", "copied", COPIED)
    return with_own_parameters(tuned, "test", round((1 - saved_share) * 2000))


@pytest.mark.parametrize(
    ("known", "kept", "saved", "told"),
    [
        (0.97, 0.95, 0.5, 0),  # as a network with scaling in predict
        (0.97, 0.91, 0.5, 0),
        (0.97, 0.89, 0.5, 1),
        (0.97, 0.10, 0.5, 1),
        (0.97, 0.10, 0.97, 0),  # predict follows the saved parameters
        (0.45, 0.10, 0.2, 0),  # such a network knows nothing by heart
    ],
)
def test_images_known_by_heart_are_for_a_person(tuned, known, kept, saved, told):
    wrong = round((1 - known) * 2000)
    altered = with_copies(with_wrong(tuned, "test", wrong), kept, saved)
    said = judge(altered.evidence).attention
    assert len(said) == told
    assert all(f"and {kept:.3f} on perturbed copies" in sentence for sentence in said)


@pytest.mark.parametrize(("wrong", "told"), [(19, 1), (20, 0)])
def test_an_accuracy_beyond_the_lab_is_sent_on(tuned, wrong, told):
    """The perturbed copies are as good as the others: a network stands behind a table."""
    attention = judge(with_wrong(with_copies(tuned, 1.0), "test", wrong).evidence).attention
    assert len(attention) == told
    assert all("more than networks of this lab reach" in sentence for sentence in attention)


@pytest.mark.parametrize("name", CHECKS)
def test_a_note_of_other_data_is_sent_on(tuned, name):
    elsewhere = {"synthetic": {"val": 0.971, "test": 0.97}}
    other = tuned.with_values("best_net/load", data="synthetic", others=elsewhere)
    check = other.checks[CHECKS[name]]
    assert (check.judged, check.score) == (Judged.COULD_NOT_TELL, 0)
    assert check.worth_if_accepted == {"val": 0.9, "test": 1}[name]
    assert check.message == (
        "best_net says that it was trained on synthetic, but this run is judged on mnist: "
        + {"val": "validation", "test": "test"}[name]
        + f" accuracy 1.0000 on mnist, {elsewhere['synthetic'][name]:.4f} on synthetic."
    )


@pytest.mark.parametrize(
    ("others", "told"),
    [({}, "unknown on synthetic"), ({"synthetic": {"val": 0.999, "test": 0.999}}, "0.9990 on")],
)
def test_unknown_or_excessive_accuracy_elsewhere_has_no_points(tuned, others, told):
    """A table of the other set's images must not earn T#12 when a whole class is accepted."""
    other = tuned.with_values("best_net/load", data="synthetic", others=others)
    check = other.checks["tuning-validation"]
    assert told in check.message
    assert check.worth_if_accepted is None


@pytest.mark.parametrize(
    ("wrong", "judged"), [(900, Judged.COULD_NOT_TELL), (90, Judged.PARTLY), (0, Judged.RIGHT)]
)
def test_low_accuracy_without_note_is_sent_on(tuned, wrong, judged):
    unnoted = with_wrong(tuned.with_values("best_net/load", data=None), "val", wrong)
    check = unnoted.checks["tuning-validation"]
    assert check.judged is judged
    if judged is Judged.COULD_NOT_TELL:
        assert "does not say which data set" in check.message
        assert "0.1000 on mnist" in check.message
