"""T#8, T#9 and T#10 on records made by hand: which rows, which steps, which rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.engine.observation import Ended
from grader.engine.verdict import Judged
from grader.lab.questions import PARAMS

NUM_TRAIN, BATCH, STEPS = 24, 6, 13
RATE, DECAY = 0.0837, 0.83
CASES = ("steps", "steady", "reach", "small-data")


@pytest.fixture
def right(right):
    """What right code shows, without the second training: it would not fit altered first ones."""
    return right.without("record/again")


# T#8


def with_batches(right, case, rows):
    """With these rows in the batches, (T, B), and their labels."""
    rows, data = np.asarray(rows), right.evidence.answers.case(case).arrays
    question = f"record/{case}"
    right = right.with_array(question, "batch/X", data["X"][rows])
    right = right.with_array(question, "batch/y", data["y"][rows])
    return right.with_values(
        question,
        X_shapes=[[len(batch), 3] for batch in rows],
        y_shapes=[[len(batch)] for batch in rows],
    )


def drawn(steps=STEPS, size=BATCH, below=NUM_TRAIN, seed=0):
    return np.random.RandomState(seed).choice(below, (steps, size))


def test_other_rows_are_as_right(right):
    altered = with_batches(with_batches(right, "steps", drawn()), "steady", drawn(seed=1))
    assert altered.changed_from(right) == set()


@pytest.mark.parametrize("at", [0, 7, 12])
@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("X_shapes", [5, 3], "X_batch has shape (5, 3), expected (6, 3) = (batch_size, D)."),
        ("X_shapes", [7, 3], "X_batch has shape (7, 3), expected (6, 3) = (batch_size, D)."),
        ("y_shapes", [5], "y_batch has shape (5,), expected (6,) = (batch_size,)."),
        ("y_shapes", [6, 1], "y_batch has shape (6, 1), expected (6,) = (batch_size,)."),
    ],
)
def test_every_batch_has_its_shape(right, at, name, shape, said):
    shapes = list(right.evidence.observation("record/steps").values[name])
    shapes[at] = shape
    check = right.with_values("record/steps", **{name: shapes}).checks["batch-shape"]
    assert (check.judged, check.message) == (Judged.WRONG, said)
    shapes[at - 1] = [9, 9]  # of several wrong ones the smallest is told
    check = right.with_values("record/steps", **{name: shapes}).checks["batch-shape"]
    assert check.message == said


@pytest.mark.parametrize("case", ["steps", "reach"])
def test_a_label_of_another_row_is_no_pair(right, case):
    labels = right.array(f"record/{case}", "batch/y")
    labels[-1, -1] += 1
    altered = right.with_array(f"record/{case}", "batch/y", labels)
    assert altered.changed_from(right) == {"batch-pairs"}
    assert altered.checks["batch-pairs"].message.startswith(
        f"Labels that belong to other rows: 1 of {labels.size}. X_batch and"
    )
    fewer = right.with_array(f"record/{case}", "batch/y", labels[:, :-1])
    assert fewer.checks["batch-pairs"].message == (
        "y_batch does not have one label for each row of X_batch."
    )


@pytest.mark.parametrize("case", ["steps", "reach", "small-data"])
def test_a_foreign_row_is_told(right, case):
    batches = right.array(f"record/{case}", "batch/X")
    near = right.with_array(f"record/{case}", "batch/X", batches.astype(np.float32))
    assert near.changed_from(right) == set()
    batches[-1, -1, -1] += 1e-3
    altered = right.with_array(f"record/{case}", "batch/X", batches)
    lost = {
        "steps": {"batch-pairs", "batch-random", "batch-reach", "batch-small-data"},
        "reach": {"batch-pairs", "batch-reach"},
        "small-data": {"batch-small-data"},
    }[case]
    assert altered.changed_from(right) == lost
    for check in lost:
        said = "X_batch contains rows that are not in the training set."
        assert altered.checks[check].message == said


def test_batches_with_wrong_columns_are_told(right):
    altered = right.with_array("record/steps", "batch/X", np.zeros((STEPS, BATCH, 2)))
    said = "X_batch is not an array with the columns of the training set."
    assert altered.checks["batch-random"].message == said
    altered = right.with_array("record/steps", "batch/X", np.zeros(3))
    assert altered.checks["batch-random"].message == said


def test_batches_of_several_sizes_are_told(right):
    rows = drawn(6, 6)
    altered = with_batches(right, "steps", rows.reshape(-1, 6))
    sizes = [[5, 3], [7, 3], *([[6, 3]] * 4)]
    altered = altered.with_values("record/steps", X_shapes=sizes)
    assert altered.checks["batch-random"].message == "The batches differ in size."


@pytest.mark.parametrize("size", [5, 7])
def test_batches_that_misstate_their_size_are_told(right, size):
    altered = right.with_values("record/steps", X_shapes=[[size, 3]] * STEPS)
    assert altered.checks["batch-random"].message == "The batches differ in size."


def test_equal_batches_are_not_random(right):
    rows = np.tile(drawn(1), (STEPS, 1))
    checks = with_batches(right, "steps", rows).checks
    for check in ("batch-pairs", "batch-random", "batch-reach", "batch-small-data"):
        assert checks[check].judged is Judged.WRONG
        said = "Every batch contains the same rows: draw new rows at every step."
        assert checks[check].message == said


@pytest.mark.parametrize(("every", "reused"), [(2, 6), (4, 9), (12, 11)])
def test_batches_that_are_used_again_are_told(right, every, reused):
    rows = drawn()[np.arange(STEPS) // every]
    altered = with_batches(right, "steps", rows)
    assert altered.changed_from(right) == {"batch-random"}
    assert altered.checks["batch-random"].message == (
        f"{reused} of 13 batches repeat the batch before them: draw new rows at every step."
    )


def test_one_batch_that_comes_twice_may_be_chance(right):
    rows = drawn()
    rows[5] = rows[4]
    assert with_batches(right, "steps", rows).changed_from(right) == set()
    rows[8] = rows[7]
    assert with_batches(right, "steps", rows).changed_from(right) == {"batch-random"}
    rows = np.repeat(drawn(7, 1, NUM_TRAIN - BATCH), 2, axis=0)[:STEPS] + np.arange(BATCH)
    assert random_deviation(right, rows) == (Judged.PARTLY, 1.6)


def test_rows_of_the_validation_set_are_told(right):
    data = right.evidence.answers.case("steps").arrays["X_val"]
    altered = right.with_array("record/steps", "batch/X", data[drawn(below=len(data))])
    said = "X_batch contains rows of the validation set, which is not for training."
    assert altered.checks["batch-shape"].message == said
    assert altered.checks["batch-pairs"].message == said


@pytest.mark.parametrize("step", [1, -1, 5])
def test_rows_in_order_are_not_random(right, step):
    rows = (np.arange(STEPS * BATCH) * step % NUM_TRAIN).reshape(STEPS, BATCH)
    check = with_batches(right, "steps", rows).checks["batch-random"]
    assert check.message == "The batches go through the training set in order; they must be random."
    rows[5, 3] = rows[5, 2]
    check = with_batches(right, "steps", rows).checks["batch-random"]
    assert check.judged is not Judged.WRONG


def random_deviation(right, rows):
    check = with_batches(right, "steps", rows).checks["batch-random"]
    return check.judged, check.score


def test_one_shuffle_for_all_epochs_is_only_noted(right):
    epoch = np.random.RandomState(2).permutation(NUM_TRAIN).reshape(-1, BATCH)
    again = np.concatenate([epoch, epoch, epoch, epoch[:1]])
    assert random_deviation(right, again) == (Judged.PARTLY, 1.6)
    afresh = np.concatenate([epoch, epoch[:, ::-1], epoch, epoch[:1]])
    assert random_deviation(right, afresh) == (Judged.RIGHT, 2)
    missing = again.copy()
    missing[missing == 3] = 4  # no shuffle: a row is missing
    assert random_deviation(right, missing) == (Judged.RIGHT, 2)


def test_neighbors_that_come_together_are_only_noted(right):
    rows = drawn(size=1, below=NUM_TRAIN - BATCH) + np.arange(BATCH)
    assert random_deviation(right, rows) == (Judged.PARTLY, 1.6)
    rows[4, 2] = rows[4, 1]
    assert random_deviation(right, rows) == (Judged.RIGHT, 2)
    assert random_deviation(right, -np.sort(-drawn(), axis=1)) == (Judged.RIGHT, 2)


def test_equal_runs_are_only_noted(right):
    altered = with_batches(with_batches(right, "steps", drawn()), "steady", drawn())
    check = altered.checks["batch-random"]
    assert (check.judged, check.score) == (Judged.PARTLY, 1.8)


@pytest.mark.parametrize("row", [0, 3, 7])
def test_a_row_that_is_never_drawn_is_told(right, row):
    rows = drawn(60, 4, 8)
    rows[rows == row] = (row + 1) % 8
    altered = with_batches(right, "reach", rows)
    assert altered.changed_from(right) == {"batch-reach"}
    assert altered.checks["batch-reach"].message.startswith(
        "Never drawn in 60 batches: 1 of 8 training examples."
    )


def test_batches_of_one_example_are_told(right):
    rows = np.repeat(drawn(60, 1, 8), 4, axis=1)
    check = with_batches(right, "reach", rows).checks["batch-reach"]
    assert check.message.startswith("Every batch contains only one example")
    rows[9] = range(4)
    assert with_batches(right, "reach", rows).checks["batch-reach"].judged is Judged.RIGHT


def fixed_first(rows):
    rows[:, :2] = [5, 6]


def fixed_and_shuffled(rows):
    rows[:, 0] = 5
    np.random.default_rng(0).permuted(rows, axis=1, out=rows)


def shifted_by_the_lowest(rows):
    rows -= rows.min(axis=1, keepdims=True)


def half_copied(rows):
    rows[:, 2:] = rows[:, :2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "change", [fixed_first, fixed_and_shuffled, shifted_by_the_lowest, half_copied]
)
def test_a_partly_fixed_batch_is_told(right, change, seed):
    rows = drawn(60, 4, 8, seed)
    change(rows)
    assert with_batches(right, "reach", rows).checks["batch-reach"].judged is Judged.WRONG


def test_sorted_rows_and_blocks_of_neighbors_reach_everything(right):
    rows = np.sort(np.argsort(np.random.RandomState(0).rand(60, 8))[:, :4])
    assert with_batches(right, "reach", rows).checks["batch-reach"].judged is Judged.RIGHT
    blocks = drawn(60, 1, 5) * [[1]] + np.arange(4)
    blocks[blocks.min(axis=1) == 4] -= 1  # now example 3 or 4 is in each of them
    blocks[0] = range(4, 8)
    assert with_batches(right, "reach", blocks).checks["batch-reach"].judged is Judged.RIGHT


def test_a_batch_larger_than_the_data_has_examples(right):
    said = "With 5 examples and batch_size 12, some batches are empty."
    none = with_batches(right, "small-data", np.zeros((4, 0), int))
    assert none.checks["batch-small-data"].message == said
    some = right.with_values("record/small-data", X_shapes=[[12, 3]] * 3 + [[0, 3]])
    assert some.checks["batch-small-data"].message == said
    fewer = with_batches(right, "small-data", drawn(4, 5, 5))
    assert fewer.checks["batch-small-data"].judged is Judged.RIGHT


def test_an_error_with_oversized_batches_is_told(right):
    after_all = right.with_error("record/small-data", "a slip")
    assert after_all.checks["batch-small-data"].judged is Judged.RIGHT
    one_more = with_batches(after_all, "small-data", drawn(5, 12, 5))
    assert one_more.checks["batch-small-data"].judged is Judged.RIGHT
    rows = drawn(2, 12, 5)
    before = with_batches(right, "small-data", rows).with_values("record/small-data", num_calls=2)
    before = before.with_error("record/small-data", "a slip")
    check = before.checks["batch-small-data"]
    assert (check.judged, check.message) == (
        Judged.WRONG,
        "Your code stopped with an error: a slip",
    )


# T#9


def gradients(right, steps=STEPS):
    arrays = right.evidence.answers.case("steps").arrays
    return {name: arrays[f"grads_{name}"][:steps] for name in PARAMS}


def with_steps(right, case, steps, error=None):
    """With parameters that move by these steps, (T, ...) for each of them."""
    question, arrays = f"record/{case}", right.evidence.answers.case(case).arrays
    for name, moves in steps.items():
        start = arrays[name][None]
        states = np.concatenate([start, start - np.cumsum(moves, axis=0)])
        right = right.with_array(question, f"params/{name}", states)
    taken = len(next(iter(steps.values())))
    right = right.with_values(question, num_calls=taken, given=list(range(taken)))
    return right.with_error(question, error) if error else right


def with_rule(right, rule):
    """Both records with steps that `rule` makes of (grads (T, ...), rates (T,))."""
    for case, rates in (("steps", falling(DECAY)), ("steady", falling(1.0))):
        steps = {name: rule(grad, rates) for name, grad in gradients(right).items()}
        named = (RATE * rates).tolist()
        right = with_steps(right, case, steps).with_values(f"record/{case}", learning_rate=named)
    return right


def falling(factor, steps=(1, 5, 9)):
    """Rates over the first, falling before these steps."""
    rates = np.ones(STEPS)
    for step in steps:
        rates[step:] *= factor
    return rates


def column(rates, grad):
    return rates.reshape(-1, *([1] * (grad.ndim - 1)))


def plain(grad, rates):
    return RATE * column(rates, grad) * grad


def momentum(carried, *, damped=False, nesterov=False, inside=True):
    """The rate inside the velocity, or outside of it."""

    def rule(grad, rates):
        velocity, steps = np.zeros_like(grad[0]), []
        shares = np.broadcast_to(carried, len(grad))
        for at, rate, share in zip(grad, RATE * rates, shares, strict=True):
            push = (1 - share if damped else 1) * (rate if inside else 1) * at
            before, velocity = velocity, share * velocity + push
            step = velocity if not nesterov else (1 + share) * velocity - share * before
            steps.append(step if inside else rate * step)
        return np.array(steps)

    return rule


WARMING_UP = np.where(np.arange(STEPS) < 5, 0.5, 0.9)


def adam(grad, rates):
    first, second, steps = 0.0, 0.0, []
    for t, at in enumerate(grad, 1):
        first, second = 0.9 * first + 0.1 * at, 0.999 * second + 0.001 * at**2
        mean, size = first / (1 - 0.9**t), np.sqrt(second / (1 - 0.999**t))
        steps.append(RATE * rates[t - 1] * mean / (size + 1e-8))
    return np.array(steps)


RULES = {
    "plain": plain,
    "momentum": momentum(0.9),
    "small momentum": momentum(0.3),
    "momentum outside": momentum(0.9, inside=False),
    "damped": momentum(0.9, damped=True),
    "damped outside": momentum(0.8, damped=True, inside=False),
    "nesterov": momentum(0.9, nesterov=True),
    "damped nesterov": momentum(0.7, damped=True, nesterov=True),
}
OF_RECORDS = {
    *("step-W1", "step-b1", "step-W2", "step-b2", "step-size"),
    *("decay-factor", "decay-epoch"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_known_rule_is_right_with_its_rates(right, rule):
    checks = with_rule(right, rule).checks
    assert {check: checks[check].judged for check in OF_RECORDS} == dict.fromkeys(
        OF_RECORDS, Judged.RIGHT
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_steps_alone_tell_the_rates(right, rule, kind):
    """No variable is called learning_rate, and parameters may be of single precision."""
    altered = with_rule(right, rule)
    for record in ("record/steps", "record/steady"):
        altered = altered.with_values(record, learning_rate=[None] * STEPS)
        for name in PARAMS:
            states = altered.array(record, f"params/{name}").astype(kind).astype(np.float64)
            altered = altered.with_array(record, f"params/{name}", states)
    checks = altered.checks
    for check in ("decay-factor", "decay-epoch"):
        assert checks[check].judged is Judged.RIGHT


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_step_is_right_at_any_decayed_rate(right, rule):
    """T#10 lets the rate fall where it must not: no fault of T#9."""
    rates = falling(DECAY)
    steps = {name: rule(grad, rates) for name, grad in gradients(right).items()}
    altered = with_steps(with_rule(right, rule), "steady", steps)
    altered = altered.with_values("record/steady", learning_rate=(RATE * rates).tolist())
    checks = altered.checks
    for check in OF_RECORDS:
        if check.startswith("step"):
            assert checks[check].judged is Judged.RIGHT, check
    assert checks["decay-factor"].judged is Judged.WRONG


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("factor", [1.25, 0.8])
def test_a_known_rule_at_another_rate_is_wrong(right, rule, factor):
    """But T#10's factor is still told."""
    checks = with_rule(right, lambda grad, rates: factor * rule(grad, rates)).checks
    for check in OF_RECORDS:
        judged = Judged.WRONG if check.startswith("step") else Judged.RIGHT
        assert checks[check].judged is judged, check


@pytest.mark.parametrize(
    "rule",
    [
        momentum(-0.5),
        momentum(1.0),
        momentum(1.1),
        lambda grad, rates: -plain(grad, rates),
        lambda grad, rates: -momentum(0.9)(grad, rates),
        lambda grad, rates: RATE * np.sign(grad),
        lambda grad, rates: -adam(grad, rates),
        lambda grad, rates: 15 * adam(grad, rates),
        lambda grad, rates: np.random.RandomState(1).standard_normal(grad.shape),
        lambda grad, rates: plain(grad, rates) + 1e-3,
    ],
)
def test_what_is_no_rule_of_descent_is_wrong(right, rule):
    checks = with_rule(right, rule).checks
    for check in OF_RECORDS:
        if check.startswith("step"):
            assert checks[check].judged is Judged.WRONG, check


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("carried", [WARMING_UP, 1 - 1 / np.arange(1, STEPS + 1)])
def test_a_momentum_may_warm_up(right, carried, inside):
    checks = with_rule(right, momentum(carried, inside=inside)).checks
    for check in OF_RECORDS:
        assert checks[check].judged is Judged.RIGHT, check
    rule = momentum(carried, inside=inside)
    longer = with_rule(right, lambda grad, rates: 1.01 * rule(grad, rates))
    assert longer.checks["step-size"].judged is Judged.WRONG
    growing = with_rule(right, momentum(np.linspace(0.5, 1.0, STEPS), inside=inside))
    assert growing.checks["step-size"].judged is Judged.WRONG


def test_an_adaptive_step_is_noted(right):
    checks = with_rule(right, adam).checks
    for check in OF_RECORDS:
        judged = Judged.PARTLY if check.startswith("step") else Judged.RIGHT
        assert checks[check].judged is judged, check
        worth = 0.8 if judged is Judged.PARTLY else 1
        assert checks[check].score == pytest.approx(checks[check].max_score * worth)


@pytest.mark.parametrize("factor", [1 + 2e-5, 1.01, 0.99])
def test_plain_steps_are_held_to_the_given_rate(right, factor):
    """Nothing is carried: such steps must not pass as those of a very small momentum."""
    checks = with_rule(right, lambda grad, rates: factor * plain(grad, rates)).checks
    for check in OF_RECORDS:
        judged = Judged.WRONG if check.startswith("step") else Judged.RIGHT
        assert checks[check].judged is judged, check


@pytest.mark.parametrize("name", PARAMS)
def test_the_step_of_each_parameter_counts_by_itself(right, name):
    for off, judged in ((0.9e-5, Judged.RIGHT), (3e-5, Judged.WRONG)):
        steps = {one: RATE * grad for one, grad in gradients(right).items()}
        largest = np.abs(steps[name]).max()
        steps[name][4].flat[0] += off * largest
        checks = with_steps(right, "steady", steps).checks
        for one in PARAMS:
            expected = judged if one == name else Judged.RIGHT
            assert checks[f"step-{one}"].judged is expected


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda grad: 0 * grad, "it never changes."),
        (lambda grad: -RATE * grad, "it moves along the gradient, so the loss grows."),
        (
            lambda grad: grad * np.linspace(0.2, 0.5, STEPS)[:, None],
            "the first step is 0.2 times the gradient, the last 0.5 times; expected 0.0837 times "
            "at every step (this run has no decay).",
        ),
        (
            lambda grad: 2 * np.concatenate([grad[:1] ** 2, grad[:-1]]),
            "each step uses the gradient of the previous step.",
        ),
        (
            lambda grad: grad**3,
            (
                "its steps should be -learning_rate times its gradient, and they are not a "
                "multiple of it."
            ),
        ),
    ],
)
def test_a_wrong_step_is_described(right, rule, said):
    steps = {one: RATE * grad for one, grad in gradients(right).items()}
    steps["b1"] = rule(gradients(right)["b1"])
    check = with_steps(right, "steady", steps).checks["step-b1"]
    assert (check.judged, check.message) == (Judged.WRONG, f"b1: {said}")


def test_parameters_that_are_no_longer_finite_are_told(right):
    steps = {one: RATE * grad for one, grad in gradients(right).items()}
    steps["W2"][5, 0, 0] = np.nan
    checks = with_steps(right, "steady", steps).checks
    assert checks["step-W2"].message == "W2 is no longer finite after a step."
    assert checks["step-W1"].judged is Judged.RIGHT
    assert checks["step-size"].judged is Judged.WRONG


def test_the_step_size_is_told_for_all_parameters(right):
    steps = {one: 3 * RATE * grad for one, grad in gradients(right).items()}
    steps["b1"] = gradients(right)["b1"] ** 3
    check = with_steps(right, "steady", steps).checks["step-size"]
    assert check.message.startswith("The four parameters do not follow one rule with the given")
    steps = {one: 3 * RATE * grad for one, grad in gradients(right).items()}
    check = with_steps(right, "steady", steps).checks["step-size"]
    assert check.message.endswith("the first step is 0.2511 times the gradient, expected 0.0837.")


def test_fewer_steps_than_asked_are_told(right):
    altered = right.with_values("record/steady", num_calls=STEPS - 1)
    for name in PARAMS:
        check = altered.checks[f"step-{name}"]
        assert check.message == "The number of training steps is 12, expected 13."


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_errors_after_right_steps_do_not_count(right, taken):
    steps = {one: RATE * grad for one, grad in gradients(right, taken).items()}
    checks = with_steps(right, "steady", steps, error="a slip").checks
    for name in PARAMS:
        assert checks[f"step-{name}"].judged is Judged.RIGHT
    wrong = {one: 2 * moves for one, moves in steps.items()}
    checks = with_steps(right, "steady", wrong, error="a slip").checks
    for name in PARAMS:
        assert checks[f"step-{name}"].judged is Judged.WRONG
        assert checks[f"step-{name}"].message == "Your code stopped with an error: a slip"


def test_steps_that_were_not_seen_are_not_judged(right):
    found = right.evidence.observation("record/steady")
    arrays = {name: array for name, array in found.arrays.items() if name != "params/b2"}
    missing = right.with_observation(replace(found, arrays=arrays, ended=Ended.TIMED_OUT))
    turned = right.with_array("record/steady", "params/W1", np.zeros((STEPS + 1, 4, 3)))
    for altered in (missing, turned):
        for check in ("step-W1", "step-b1", "step-size"):
            assert altered.checks[check].judged is Judged.WRONG
    assert missing.checks["step-W1"].message == "Your code ran out of time."


# T#10


def with_rates(right, rates, steady=None):
    """Plain steps at these rates over the first."""
    for case, at in (("steps", rates), ("steady", falling(1.0) if steady is None else steady)):
        steps = {name: plain(grad, at) for name, grad in gradients(right).items()}
        right = with_steps(right, case, steps)
    return right


def judged_decay(right, rates, steady=None):
    checks = with_rates(right, rates, steady).checks
    return checks["decay-factor"], checks["decay-epoch"]


@pytest.mark.parametrize(
    ("factor", "judged"),
    [
        (0.83009, Judged.RIGHT),
        (0.82991, Judged.RIGHT),
        (0.83011, Judged.WRONG),
        (0.82989, Judged.WRONG),
        (1.25, Judged.WRONG),
        (-0.8, Judged.WRONG),
    ],
)
def test_the_rate_is_multiplied_by_the_decay(right, factor, judged):
    how_much, when = judged_decay(right, falling(factor))
    assert how_much.judged is judged
    assert when.judged is Judged.RIGHT
    if judged is Judged.WRONG:
        assert how_much.message == (
            f"The learning rate is multiplied by {factor:.4g}, but learning_rate_decay is 0.83."
        )


@pytest.mark.parametrize("at", [1, 5, 9])
def test_one_wrong_factor_among_right_ones_is_told(right, at):
    rates = falling(DECAY)
    rates[at:] *= 0.5
    assert judged_decay(right, rates)[0].message.startswith(
        "The learning rate is multiplied by 0.415"
    )


def test_a_rate_that_never_changes_is_told(right):
    how_much, when = judged_decay(right, falling(1.0))
    assert how_much.message == "The learning rate never changes."
    assert when.message == (
        "With 4 steps an epoch the rate changed never; expected before step 1, 5, 9 "
        "(steps count from 0)."
    )


@pytest.mark.parametrize(
    ("steps", "judged"),
    [
        ((1, 5, 9), Judged.RIGHT),
        ((5, 9), Judged.PARTLY),  # as if the very first step had not counted
        ((4, 8, 12), Judged.PARTLY),  # where an epoch ends, just before the next begins
        ((4, 8), Judged.WRONG),
        ((1, 5), Judged.WRONG),
        ((5,), Judged.WRONG),
        ((2, 6, 10), Judged.WRONG),
        (tuple(range(1, 7)), Judged.WRONG),
        (tuple(range(1, 8)), Judged.WRONG),
        (tuple(range(1, 13)), Judged.WRONG),
    ],
)
def test_the_rate_falls_once_an_epoch(right, steps, judged):
    how_much, when = judged_decay(right, falling(DECAY, steps))
    assert how_much.judged is Judged.RIGHT
    assert when.judged is judged
    assert when.score == {Judged.RIGHT: 2, Judged.PARTLY: 1.4, Judged.WRONG: 0}[judged]
    if judged is Judged.WRONG:
        more = " and later" if len(steps) > 6 else ""
        told = ", ".join(map(str, steps[:6]))
        assert when.message.startswith(
            f"With 4 steps an epoch the rate changed before step {told}{more};"
        )


def test_without_decay_the_rate_stays(right):
    rates = falling(0.999, (6,))
    right = right.with_values("record/steady", learning_rate=(RATE * rates).tolist())
    how_much, when = judged_decay(right, falling(DECAY), steady=rates)
    assert how_much.message == (
        "With learning_rate_decay 1 the learning rate must stay the same, but it changes."
    )
    assert when.judged is Judged.RIGHT


@pytest.mark.parametrize(
    ("changes", "task"), [((6,), "T#9"), (range(1, STEPS), "T#9"), ((1, 5, 9), "T#10")]
)
def test_changes_within_an_epoch_are_t9(right, changes, task):
    changed = falling(0.9, changes)
    altered = with_rates(right, changed * falling(DECAY), steady=changed)
    named = (RATE * falling(DECAY)).tolist()
    checks = altered.with_values("record/steps", learning_rate=named).checks
    wrong = {check for check in OF_RECORDS if checks[check].judged is Judged.WRONG}
    by_task = {"T#9": {check for check in OF_RECORDS if check.startswith("step")}}
    assert wrong == by_task.get(task, {"decay-factor"})


@pytest.mark.parametrize("factor", [DECAY, DECAY**2, 1 / DECAY])
def test_a_decay_in_the_step_itself_is_t9(right, factor):
    altered = with_rates(right, factor * falling(DECAY))
    assert altered.changed_from(right) == {"step-size"}
    assert altered.checks["step-size"].message == (
        f"With learning_rate_decay 0.83 the first step is {factor:.4g} times as long as with 1. "
        "The decay must not change the step itself."
    )


def test_a_decay_in_the_step_alone_is_t10(right):
    altered = with_rates(right, DECAY * falling(1.0))
    assert altered.changed_from(right) == {"decay-factor", "decay-epoch"}


def test_a_rate_that_falls_early_is_told(right):
    altered = with_rates(right, DECAY * falling(DECAY, (4, 8, 12)))
    assert altered.changed_from(right) == {"decay-epoch"}
    assert altered.checks["decay-epoch"].message == (
        "The first step is 0.83 times as long as it should be. The learning rate decays before "
        "each epoch; it must decay after it."
    )


@pytest.mark.parametrize("rate", [0.0, np.inf])
def test_a_rate_of_nothing_is_told(right, rate):
    rates = falling(DECAY)
    rates[9:] = rate
    with np.errstate(invalid="ignore"):
        altered = with_rates(right, rates)
    altered = altered.with_values("record/steps", learning_rate=[RATE, *[0.0] * 12])
    assert altered.checks["decay-epoch"].judged is Judged.WRONG


def test_rates_are_read_by_name_if_needed(right):
    rule = np.random.RandomState(1).standard_normal((STEPS, 12))
    steps = {}
    for name, grad in gradients(right).items():
        steps[name] = rule[:, : grad[0].size].reshape(grad.shape)
    other = {name: moves[::-1] for name, moves in steps.items()}
    altered = with_steps(with_steps(right, "steady", steps), "steps", other)
    assert altered.checks["decay-epoch"].judged is Judged.RIGHT
    nameless = altered.with_values("record/steps", learning_rate=[None] * STEPS)
    for check in ("decay-factor", "decay-epoch"):
        assert (
            nameless.checks[check].message
            == "The grader cannot infer a learning rate from the steps."
        )
    partly = altered.with_values("record/steps", learning_rate=[RATE] * 12 + [None])
    assert partly.checks["decay-epoch"].judged is Judged.WRONG


def test_a_record_that_broke_off_shows_no_decay(right):
    altered = right.with_values("record/steps", num_calls=12).with_error("record/steps", "a slip")
    for check in ("decay-factor", "decay-epoch"):
        assert altered.checks[check].judged is Judged.WRONG
        assert altered.checks[check].message == "Your code stopped with an error: a slip"
