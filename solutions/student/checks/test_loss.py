"""T#5, T#6, T#7 and T#11: the methods `loss` and `predict`."""

import numpy as np

from checks import cases
from checks.engine import need, passes
from checks.findings import (
    BlockedError,
    WrongError,
    check_array,
    check_close,
    fitted_factor,
    join_names,
    relative_error,
)
from checks.student_code import call, loss_of, network_class

SHAPES = {"b2": "(C,)", "W2": "(H, C)", "b1": "(H,)", "W1": "(D, H)"}  # from the output backwards
AGREES = 1e-6  # relative error; rounding gives about 1e-8, mistakes give 1e-3 and more


def test_t05_scores_of_the_toy(report):
    net, (X, _) = cases.toy_net(), cases.toy_data()
    compare_scores(net, X, cases.TOY_SCORES, 1e-7)


def test_t05_scores_with_biases(report):
    compare_scores(cases.hand_net(), cases.HAND_X, cases.HAND_SCORES, 1e-9)


def test_t05_network_and_data_stay_unchanged(report):
    net, X = cases.hand_net(), cases.HAND_X.copy()
    call("T#5", net.loss, X)
    before = {"X": cases.HAND_X} | cases.HAND_PARAMS
    for name, value in ({"X": X} | net.params).items():
        if not np.array_equal(value, before[name]):
            hint = f"Which line writes into {name}? (`a += b` writes into a, `a = a + b` does not.)"
            raise WrongError("T#5", f"loss changes {name}", f"{name} unchanged", hint)


def test_t06_data_loss(report):
    hints = (
        "Is it the mean over the examples, and does it use the correct class of each?",
        "Print one number per example: the correct class's probability. What is -log of it?",
    )
    for name, net, X, y, losses in both_cases():
        loss = number(loss_of("T#6", net, X, y, 0.0))
        if abs(loss - losses[0.0]) > 1e-9:
            need("T#5")
        check_close("T#6", f"loss of the {name} at reg 0", loss, losses[0.0], 1e-9, *hints)


def test_t06_regularization(report):
    hints = (
        "Which parameters are regularized? Is there a factor of one half?",
        "Print sum(W1²) and sum(W2²), and compare with what reg adds.",
    )
    for name, net, X, y, losses in both_cases():
        with_reg, without = max(losses), min(losses)
        got = [number(loss_of("T#6", net, X, y, reg)) for reg in (with_reg, without)]
        what = f"what reg = {with_reg:g} adds to the loss of the {name}"
        added = losses[with_reg] - losses[without]
        check_close("T#6", what, got[0] - got[1], added, 1e-9, *hints, cause="regularization")


def test_t06_large_scores_do_not_overflow(report):
    net = cases.hand_net()
    net.params["W2"] = net.params["W2"] * 1e4  # scores of about 10,000, too large for exp
    loss = one_number(loss_of("T#6", net, cases.HAND_X, cases.HAND_Y, 0.0))
    if np.isposinf(loss):
        hint = "exp no longer overflows, but a probability rounds to 0, and log(0) is -inf."
        more = "Can you compute the log of the probability without computing the probability first?"
    else:
        hint = "exp(10000) is infinite. What can you subtract from each row's scores?"
        more = "The softmax stays the same if all scores of a row change by the same amount."
    if not np.isfinite(loss):
        need("T#5")
        got = f"loss is {loss} for scores of about 10,000"
        raise WrongError("T#6", got, "a finite number", hint, more)


def test_t07_gradients(report):
    net, X, y = cases.hand_net(), cases.HAND_X, cases.HAND_Y
    compare_gradients(report, net, X, y, cases.HAND_GRADS)
    if passes("T#6"):  # otherwise the slopes of the loss say nothing about the gradients
        net, (X, y) = cases.toy_net(), cases.toy_data()
        compare_gradients(report, net, X, y, {0.0: {}, 0.5: {}})


def test_t11_labels_are_the_classes_of_the_highest_scores(report):
    compare_labels([0.0, 0.0, 0.0], [2, 0, 1, 0])


def test_t11_biases_count(report):
    compare_labels([0.0, 4.5, 0.0], [1, 0, 1, 1])


def test_t11_one_example_gives_one_label(report):
    net = repeating_net(np.zeros(3))
    labels = call("T#11", net.predict, LABEL_X[:1])
    check_array("T#11", "labels of one example", labels, (1,), "(N,)", np.integer)


def both_cases():
    """Name, network, data and losses of the two cases; the one by hand first."""
    yield "small network", cases.hand_net(), cases.HAND_X, cases.HAND_Y, cases.HAND_LOSSES
    yield "toy", cases.toy_net(), *cases.toy_data(), cases.TOY_LOSSES


def compare_scores(net, X, expected, limit):
    """Compare the scores, step by step."""
    scores = call("T#5", net.loss, X)
    check_array("T#5", "scores", scores, expected.shape, "(N, C)")
    hints = (
        "Affine, ReLU, affine: compute one row on paper and print the same row after each step.",
        "The network of this case is HAND_PARAMS in checks/cases.py. Its biases are not zero, "
        "and some hidden units are off."
        if expected is cases.HAND_SCORES
        else "Print X @ W1 first: does b1 fit onto it? Which entries does the ReLU change?",
    )
    check_close("T#5", "scores", scores, expected, limit, *hints, cause="scores")


def compare_gradients(report, net, X, y, known):
    """Compare the gradients with the slopes of the student's loss, or with known ones.

    `report` gets the table. `known` has the correct gradients by reg and name, as far as they
    are known: with these a correct T#7 is recognized even if T#6 is wrong.
    """
    errors, factors = {}, {}
    for reg, correct in known.items():
        grads = gradients_of(net, X, y, reg)
        for name in SHAPES:
            slopes = slopes_of(net, X, y, reg, name)
            right = [slopes, correct.get(name, slopes)]
            off = [relative_error(grads[name], each) for each in right]
            best = int(off[1] < off[0])
            errors[name, reg] = off[best] if off[best] > AGREES or best == 0 else 1e-9
            factors[name, reg] = fitted_factor(grads[name], right[1])
            if not np.any(slopes) and errors[name, reg] > AGREES:
                need("T#5")
                got = f"your loss does not change with {name}"
                raise WrongError("T#7", got, "a loss that does", "Is T#6 computed from the scores?")
    report["table"] = gradient_table(errors, factors)
    bad = {key for key, error in errors.items() if not error <= AGREES}
    if bad:
        need("T#5")
        hints = locate(bad, factors)
        names = [name for name in SHAPES if any((name, reg) in bad for reg in known)]
        which = "gradients" if names[1:] else "gradient"
        differs = "differ" if names[1:] else "differs"
        got = f"the {which} of {join_names(names)} {differs} from the slopes of your loss"
        expected = "a relative error below 1e-6"
        raise WrongError("T#7", got, expected, *hints, table=report["table"], cause="gradients")


def gradients_of(net, X, y, reg):
    """The student's gradients, checked for keys, shapes and finite numbers."""
    result = call("T#7", net.loss, X, y, reg)
    if not isinstance(result, tuple) or len(result) != 2:
        raise BlockedError("T#6")  # whose checks say what is returned
    grads = result[1]
    if not isinstance(grads, dict) or not grads:
        raise WrongError("T#7", f"grads is {grads!r:.40}", "a dict with the keys of params")
    for name, letters in SHAPES.items():
        if name not in grads:
            raise WrongError("T#7", f"grads has the keys {sorted(grads)}", f"{name!r} among them")
        check_array("T#7", f"grads[{name!r}]", grads[name], net.params[name].shape, letters)
    return grads


def slopes_of(net, X, y, reg, name):
    """Slopes of the student's own loss with respect to one parameter."""
    from cattern.gradient_check import eval_numerical_gradient

    def loss(_):
        return number(call("T#7", net.loss, X, y, reg)[0])

    try:
        return eval_numerical_gradient(loss, net.params[name], verbose=False)
    except WrongError as error:  # of T#6, whose own checks say what is wrong
        raise BlockedError("T#6") from error


def gradient_table(errors, factors):
    """Rows from the output backwards: does it agree, by how much is it off, by which factor?"""
    regs = sorted({reg for _, reg in errors})
    rows = [("", *(f"reg = {reg:g}" for reg in regs), "factor")]
    for name in SHAPES:
        cells = []
        for reg in regs:
            error = errors[name, reg]
            cells.append("agrees" if error <= AGREES else f"WRONG, off by {error:.1e}")
        factor = factors[name, min(regs)]
        rows.append((name, *cells, "none" if factor is None else f"{factor:.4g}"))
    return rows


def locate(bad, factors):
    """Two hints: where the first mistake is, going backwards, and what to look at there."""
    regs = sorted({reg for _, reg in factors})
    at_zero = [name for name in SHAPES if (name, regs[0]) in bad]
    if not at_zero:
        names = {name for name, _ in bad}
        return (
            "Everything agrees at reg = 0, so only the regularization is wrong, in "
            f"{join_names(sorted(names))}.",
            "Which parameters does it belong to, and what is the slope of 0.5 * reg * w² in w?",
        )
    shared = {factors[name, regs[0]] and round(factors[name, regs[0]], 4) for name in SHAPES}
    if len(shared) == 1 and None not in shared:
        return (
            f"All four gradients are {shared.pop():g} times the right ones, so the factor comes in "
            "where they share a line: at the gradient of the scores.",
            "The loss is a mean over N examples. Where does 1/N enter the gradients?",
        )
    if at_zero == ["b2"] or at_zero == ["b1"]:
        own = f"Only {at_zero[0]} is wrong, so look at its own line."
        return own, "A bias is added to every row. Over which axis do its gradients add up?"
    if len(at_zero) == 1:
        own = f"Only {at_zero[0]} is wrong, so look at its own line."
        return own, "Which two arrays does it connect, and which product has its shape?"
    if "b2" not in at_zero and "W2" not in at_zero:
        return (
            "b2 and W2 agree: the gradient of the scores is right. The mistake is between the "
            "scores and the hidden layer.",
            "Which hidden units passed something forward? What does the ReLU do on the way back?",
        )
    return (
        "Read the table from the top: the first wrong row is nearest to the mistake. Start with "
        "the gradient of the scores.",
        "Print it for one example: its entries add up to 0, and only one of them is negative.",
    )


def number(loss):
    """The loss as a float, if it is one finite number."""
    loss = one_number(loss)
    if not np.isfinite(loss):
        raise WrongError("T#6", f"loss is {loss}", "a finite number", cause="finite")
    return loss


def one_number(loss):
    """The loss as a float, which may be infinite or nan."""
    if loss is None:
        raise WrongError("T#6", "loss is None", "a number")
    if np.ndim(loss) or not np.issubdtype(np.asarray(loss).dtype, np.number):
        got = f"loss is of type {type(loss).__name__}, with shape {np.shape(loss)}"
        hint = "You have one loss per example. How do they become one number for the batch?"
        if np.size(loss) == 1:
            hint = "It is a list or array with one number in it. Return the number itself."
        raise WrongError("T#6", got, "one number", hint)
    return float(loss)


LABEL_X = np.array([[0.0, 1.0, 5.0], [7.0, 2.0, 1.0], [1.0, 3.0, 2.0], [4.0, 0.0, 2.0]])  # (N, D)


def repeating_net(b2):
    """A network with three classes whose scores are its inputs plus `b2`, with or without T#5."""

    class Given(network_class()):
        def loss(self, X, y=None, reg=0.0):
            return X + b2  # (N, C)

    net = Given(3, 3, 3)
    net.params = {"W1": np.eye(3), "b1": np.zeros(3), "W2": np.eye(3), "b2": b2}
    return net


def compare_labels(b2, expected):
    """Compare the predicted labels."""
    b2 = np.array(b2)
    labels = call("T#11", repeating_net(b2).predict, LABEL_X.copy())
    check_array("T#11", "labels", labels, (4,), "(N,)", np.integer)
    if labels.tolist() != expected:
        got = f"labels is {labels.tolist()} for the scores\n{LABEL_X + b2}\n"
        hint = "Which column of each row has the highest score?"
        raise WrongError("T#11", got, f"{expected}", hint, cause="labels")
