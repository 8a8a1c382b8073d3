"""T#5, T#6 and T#7: the method `loss`."""

import cases
import numpy as np
from findings import check_array, check_close, wrong
from student_code import call, loss_of

from cattern.gradient_check import eval_numerical_gradient

SHAPES = {"W1": "(D, H)", "b1": "(H,)", "W2": "(H, C)", "b2": "(C,)"}


def test_t05_scores_of_the_toy_case():
    net, (X, _) = cases.toy_net(), cases.toy_data()
    scores = call("T#5", net.loss, X)
    check_array("T#5", "scores", scores, cases.TOY_SCORES.shape, "(N, C)")
    look = "Affine, ReLU, affine: print the shape and a row after each of them."
    check_close("T#5", "scores", scores, cases.TOY_SCORES, 1e-7, look)


def test_t05_scores_with_biases():
    net = cases.hand_net()
    scores = call("T#5", net.loss, cases.HAND_X)
    check_array("T#5", "scores", scores, cases.HAND_SCORES.shape, "(N, C)")
    look = "Here the biases are not zero, and hidden units are off. Work a row out on paper."
    check_close("T#5", "scores", scores, cases.HAND_SCORES, 1e-9, look)


def test_t05_the_net_and_the_data_stay_as_they_are():
    net, X = cases.hand_net(), cases.HAND_X.copy()
    call("T#5", net.loss, X)
    if not np.array_equal(X, cases.HAND_X):
        raise wrong("T#5", "loss changes X", "it as it was", "Which line writes into X?")
    for name, value in cases.HAND_PARAMS.items():
        if not np.array_equal(net.params[name], value):
            raise wrong("T#5", f"loss changes {name}", "it as it was", f"What writes into {name}?")


def test_t06_loss_of_the_toy_case():
    net, (X, y) = cases.toy_net(), cases.toy_data()
    loss = number(loss_of("T#6", net, X, y, cases.TOY_REG))
    look = "Which parts does the loss have? Print them one by one."
    check_close("T#6", "loss", loss, cases.TOY_LOSS, 1e-11, look)


def test_t06_loss_with_biases_and_without_regularisation():
    loss = number(loss_of("T#6", cases.hand_net(), cases.HAND_X, cases.HAND_Y, 0.0))
    look = "Is it the mean over the examples? Of the right class of each?"
    check_close("T#6", "loss at reg 0", loss, cases.HAND_LOSSES[0.0], 1e-9, look)


def test_t06_regularisation():
    losses = {
        reg: number(loss_of("T#6", cases.hand_net(), cases.HAND_X, cases.HAND_Y, reg))
        for reg in cases.HAND_LOSSES
    }
    got = losses[1.0] - losses[0.0]
    expected = cases.HAND_LOSSES[1.0] - cases.HAND_LOSSES[0.0]
    look = "Which parameters are regularised, and is there a half?"
    check_close("T#6", "what reg = 1 adds to the loss", got, expected, 1e-9, look)


def test_t06_large_scores_do_not_overflow():
    net = cases.hand_net()
    net.params["W2"] = net.params["W2"] * 1e4  # scores of some 10,000, as exp cannot take
    with np.errstate(all="ignore"):
        loss = loss_of("T#6", net, cases.HAND_X, cases.HAND_Y, 0.0)
    if not np.isfinite(loss):
        look = "exp of a large number is infinite. What leaves a softmax as it is?"
        raise wrong("T#6", f"loss is {loss} for scores of some 10,000", "a finite number", look)


def test_t07_gradients_of_the_toy_case():
    compare_gradients(cases.toy_net(), *cases.toy_data(), reg=0.05)


def test_t07_gradients_with_biases_and_regularisation():
    compare_gradients(cases.hand_net(), cases.HAND_X, cases.HAND_Y, reg=0.5)


def compare_gradients(net, X, y, reg):
    """Compare the gradients with the slopes of your own loss."""
    grads = call("T#7", lambda: net.loss(X, y, reg)[1])
    if not isinstance(grads, dict):
        raise wrong("T#7", f"grads is of type {type(grads).__name__}", "a dict")
    for name, letters in SHAPES.items():
        if name not in grads:
            raise wrong("T#7", f"grads has the keys {sorted(grads)}", f"{name!r} among them")
        param = net.params[name]
        check_array("T#7", f"grads[{name!r}]", grads[name], param.shape, letters)
        slopes = eval_numerical_gradient(lambda _: net.loss(X, y, reg)[0], param, verbose=False)
        if not np.any(slopes):
            look = "Is T#6 done, and is it computed from the scores?"
            raise wrong("T#7", f"your loss does not change with {name}", "a loss that does", look)
        error = relative_error(grads[name], slopes)
        if not error < 1e-6:  # rounding gives about 1e-8, mistakes give 1e-3 and more
            got = f"grads[{name!r}] differs from the slope of your loss by a relative {error:.2g}"
            look = f"What does {name} go through on the way to the loss? Go back through the same."
            raise wrong("T#7", got, "less than 1e-6", look)


def relative_error(x, y):
    """Largest difference of two arrays, relative to the size of their elements."""
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def number(loss):
    """The loss as a float, where it is one finite number."""
    if loss is None:
        raise wrong("T#6", "loss is None", "a number")
    if np.size(loss) != 1 or not np.issubdtype(np.asarray(loss).dtype, np.number):
        got = f"loss is of type {type(loss).__name__}, with shape {np.shape(loss)}"
        raise wrong("T#6", got, "one number", "What is the mean taken over?")
    if not np.isfinite(loss):
        raise wrong("T#6", f"loss is {loss}", "a finite number")
    return float(np.reshape(loss, ()))
