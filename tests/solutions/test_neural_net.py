"""What the reference network promises, beyond the published case."""

from __future__ import annotations

import numpy as np
import pytest

from solutions.cattern.gradient_check import eval_numerical_gradient
from solutions.cattern.neural_net import TwoLayerNet


def make_net(D, H, C, seed=0):
    """A network with weights and biases of ordinary size."""
    np.random.seed(seed)
    net = TwoLayerNet(D, H, C, std=0.5)
    for bias in ("b1", "b2"):
        net.params[bias] += np.random.randn(*net.params[bias].shape)
    return net


def make_batch(N, D, C, seed=1):
    np.random.seed(seed)
    return np.random.randn(N, D), np.random.randint(C, size=N)


def slow_scores(net, x):
    """The scores of one example, unit by unit."""
    p = net.params
    hidden = [max(0.0, x @ p["W1"][:, h] + p["b1"][h]) for h in range(len(p["b1"]))]
    return [np.dot(hidden, p["W2"][:, c]) + p["b2"][c] for c in range(len(p["b2"]))]


SHAPES = [(5, 4, 10, 3), (1, 3, 2, 2), (7, 1, 1, 2), (2, 30, 5, 10), (40, 6, 3, 4)]


@pytest.mark.parametrize(("N", "D", "H", "C"), SHAPES)
def test_scores_are_those_of_single_units(N, D, H, C):
    net, (X, _) = make_net(D, H, C), make_batch(N, D, C)
    np.testing.assert_allclose(net.loss(X), [slow_scores(net, x) for x in X], rtol=1e-12)


@pytest.mark.parametrize(("N", "D", "H", "C"), SHAPES)
def test_loss_is_the_mean_of_the_examples_losses(N, D, H, C):
    net, (X, y) = make_net(D, H, C), make_batch(N, D, C)
    single = [net.loss(X[i : i + 1], y[i : i + 1])[0] for i in range(N)]
    assert net.loss(X, y)[0] == pytest.approx(np.mean(single), rel=1e-12)


def test_loss_of_an_untrained_network_is_that_of_guessing():
    X, y = make_batch(20, 6, 10)
    net = TwoLayerNet(6, 5, 10, std=1e-9)
    assert net.loss(X, y)[0] == pytest.approx(np.log(10), rel=1e-9)


@pytest.mark.parametrize(("N", "D", "H", "C"), SHAPES)
@pytest.mark.parametrize("reg", [0.0, 0.3])
def test_gradients_are_the_slopes_of_the_loss(N, D, H, C, reg):
    net, (X, y) = make_net(D, H, C), make_batch(N, D, C)
    _, grads = net.loss(X, y, reg=reg)
    for name, param in net.params.items():
        numeric = eval_numerical_gradient(
            lambda _: net.loss(X, y, reg=reg)[0], param, verbose=False
        )
        # 1e-8 is what rounding leaves of central differences with h = 1e-5.
        np.testing.assert_allclose(grads[name], numeric, atol=1e-8)


@pytest.mark.parametrize("scale", [1e3, 1e8, 1e150])
def test_large_scores_do_not_overflow(scale):
    net, (X, y) = make_net(4, 10, 3), make_batch(50, 4, 3)
    net.params["W2"] *= scale
    with np.errstate(over="raise", invalid="raise"):
        loss, grads = net.loss(X, y)
    assert np.isfinite(loss)
    assert all(np.isfinite(grad).all() for grad in grads.values())


def test_loss_changes_neither_inputs_nor_parameters():
    net, (X, y) = make_net(4, 10, 3), make_batch(5, 4, 3)
    before = [array.copy() for array in (X, y, *net.params.values())]
    net.loss(X, y, reg=0.1)
    net.loss(X)
    net.predict(X)
    after = [X, y, *net.params.values()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_gradients_share_no_memory_with_parameters():
    net, (X, y) = make_net(4, 10, 3), make_batch(5, 4, 3)
    _, grads = net.loss(X, y, reg=0.1)
    for name, grad in grads.items():
        assert not any(np.shares_memory(grad, param) for param in net.params.values()), name


def test_weights_are_drawn_first_w1_then_w2():
    np.random.seed(3)
    net = TwoLayerNet(2, 3, 4, std=0.1)
    np.random.seed(3)
    assert np.array_equal(net.params["W1"], 0.1 * np.random.randn(2, 3))
    assert np.array_equal(net.params["W2"], 0.1 * np.random.randn(3, 4))
    assert not net.params["b1"].any()
    assert not net.params["b2"].any()


class Recorder(TwoLayerNet):
    """Keeps each batch, and gives gradients of ones, so that steps show the learning rate."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.batches, self.snapshots = [], []

    def loss(self, X, y=None, reg=0.0):
        if y is None:
            return super().loss(X)
        self.batches.append((X, y))
        self.snapshots.append({k: v.copy() for k, v in self.params.items()})
        return 1.25, {name: np.ones_like(param) for name, param in self.params.items()}

    def rates(self):
        """The learning rate of each step but the last, from every parameter."""
        pairs = zip(self.snapshots, self.snapshots[1:], strict=False)
        return [[np.unique((a[k] - b[k]).round(12)) for k in a] for a, b in pairs]


@pytest.fixture
def recorded():
    """Twenty steps on twelve examples in batches of three: five epochs."""
    np.random.seed(5)
    X = np.arange(24.0).reshape(12, 2)
    y = np.arange(12) % 3
    net = Recorder(2, 3, 3)
    history = net.train(
        X, y, X, y, learning_rate=0.5, learning_rate_decay=0.5, num_iters=20, batch_size=3
    )
    return net, history, X, y


def test_batches_are_rows_of_the_data_with_their_labels(recorded):
    net, _, X, y = recorded
    for X_batch, y_batch in net.batches:
        rows = (X_batch[:, 0] / 2).astype(int)
        assert np.array_equal(X_batch, X[rows])
        assert np.array_equal(y_batch, y[rows])
        assert X_batch.shape == (3, 2)


def test_batches_differ_and_reach_all_of_the_data(recorded):
    net, _, X, _ = recorded
    seen = [tuple(X_batch[:, 0]) for X_batch, _ in net.batches]
    assert len(set(seen)) > 15
    assert len({value for batch in seen for value in batch}) == len(X)


def test_every_parameter_takes_the_plain_step(recorded):
    """And the rate is halved after iterations 0, 4, 8 and so on, the first of each epoch."""
    net, *_ = recorded
    expected = [0.5 * 0.5 ** -(-it // 4) for it in range(19)]
    for rates, rate in zip(net.rates(), expected, strict=True):
        for of_parameter in rates:
            np.testing.assert_allclose(of_parameter, [rate], atol=1e-12)


def test_histories_hold_each_loss_and_one_accuracy_an_epoch(recorded):
    _, history, *_ = recorded
    assert history["loss_history"] == [1.25] * 20
    assert len(history["train_acc_history"]) == len(history["val_acc_history"]) == 5


def test_fractional_epochs_are_checked_where_they_meet_a_whole_iteration():
    """55,000 / 1,024 is 53.7…: only iteration 0 meets a multiple, so the sweep decays once."""
    net, (X, y) = make_net(2, 2, 2), make_batch(7, 2, 2)
    history = net.train(X, y, X, y, num_iters=40, batch_size=2)  # 3.5 iterations an epoch
    assert len(history["val_acc_history"]) == 6  # 0, 7, 14, 21, 28, 35


def test_batch_may_be_larger_than_the_training_set():
    net, (X, y) = make_net(2, 2, 2), make_batch(5, 2, 2)
    history = net.train(X, y, X, y, num_iters=3, batch_size=200)
    assert len(history["loss_history"]) == len(history["val_acc_history"]) == 3


def test_verbose_prints_the_loss_of_every_hundredth_iteration(capsys):
    net, (X, y) = make_net(2, 2, 2), make_batch(5, 2, 2)
    losses = net.train(X, y, X, y, num_iters=201, verbose=True)["loss_history"]
    expected = [f"iteration {it} / 201: loss {losses[it]:f}" for it in (0, 100, 200)]
    assert capsys.readouterr().out.splitlines() == expected


def test_train_is_silent_by_default(capsys):
    net, (X, y) = make_net(2, 2, 2), make_batch(5, 2, 2)
    net.train(X, y, X, y, num_iters=2)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("N", "D", "H", "C"), SHAPES)
def test_predict_names_the_class_of_the_highest_score(N, D, H, C):
    net, (X, _) = make_net(D, H, C), make_batch(N, D, C)
    scores = net.loss(X)
    labels = net.predict(X)
    assert all(scores[i, label] == max(scores[i]) for i, label in enumerate(labels))


def test_numerical_gradient_prints_each_slope_when_verbose(capsys):
    eval_numerical_gradient(lambda x: 3 * x.sum(), np.zeros((1, 2)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(") ")[0] + ")" for line in lines] == ["(0, 0)", "(0, 1)"]
    assert all(float(line.split(") ")[1]) == pytest.approx(3) for line in lines)
