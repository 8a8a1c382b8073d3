"""A two-layer neural network, trained with stochastic gradient descent."""

import numpy as np


class TwoLayerNet:
    """A fully connected network with one hidden layer.

    The layers in order: affine, ReLU, affine, softmax. The loss is the softmax
    cross-entropy plus L2 regularization of the two weight matrices.

    The letters mean the same everywhere in this lab: N examples, D inputs per
    example, H hidden units, C classes.

    Parameters
    ----------
    input_size : int
        D, the number of inputs per example.
    hidden_size : int
        H, the number of hidden units.
    output_size : int
        C, the number of classes.
    std : float, default=1e-4
        Standard deviation of the initial weights.

    Attributes
    ----------
    params : dict
        ``W1`` (D, H), ``b1`` (H,), ``W2`` (H, C), ``b2`` (C,).

    Notes
    -----
    The weights are drawn from numpy's global random state, first ``W1`` and
    then ``W2``. Call `np.random.seed` before to get the same network again.
    """

    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {
            "W1": std * np.random.randn(input_size, hidden_size),  # (D, H)
            "b1": np.zeros(hidden_size),  # (H,)
            "W2": std * np.random.randn(hidden_size, output_size),  # (H, C)
            "b2": np.zeros(output_size),  # (C,)
        }

    def loss(self, X, y=None, reg=0.0):
        """Scores of a batch or, if the labels are given, its loss and gradients.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            One example per row.
        y : ndarray of shape (N,), optional
            The correct class of each example, an integer from 0 to C - 1.
        reg : float, default=0.0
            Strength of the regularization.

        Returns
        -------
        scores : ndarray of shape (N, C)
            If `y` is None: the scores of each class, before the softmax (the logits).
        loss : float
            Otherwise: the mean softmax cross-entropy of the batch plus
            ``0.5 * reg * (sum(W1²) + sum(W2²))``. Biases are not regularized.
        grads : dict
            The gradient of the loss for each parameter, with the keys and shapes
            of `params`.
        """
        W1, b1 = self.params["W1"], self.params["b1"]  # (D, H), (H,)
        W2, b2 = self.params["W2"], self.params["b2"]  # (H, C), (C,)
        N = X.shape[0]

        # T#5: compute `scores`, shape (N, C): an affine layer, a ReLU, and another affine layer.
        # Keep the intermediate values that the backward pass will need.
        raise NotImplementedError("T#5 is not done yet")
        if y is None:
            return scores

        # T#6: compute `loss`, one number: the softmax cross-entropy averaged over the batch, plus
        # 0.5 * reg * (sum of W1² + sum of W2²). It must stay finite for very large scores.
        raise NotImplementedError("T#6 is not done yet")

        # T#7: compute `grads`, a dict with the keys of `self.params`. Each gradient has the shape
        # of its parameter. Go backwards through the network: each line of the forward pass has
        # a line of the backward pass.
        raise NotImplementedError("T#7 is not done yet")
        return loss, grads

    def train(
        self,
        X,
        y,
        X_val,
        y_val,
        learning_rate=1e-3,
        learning_rate_decay=0.95,
        reg=5e-6,
        num_iters=100,
        batch_size=200,
        verbose=False,
    ):
        """Train the network with stochastic gradient descent; changes `params` in place.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            The training examples.
        y : ndarray of shape (N,)
            Their labels, integers from 0 to C - 1.
        X_val, y_val : ndarray of shape (N_val, D) and (N_val,)
            The validation examples and labels. They measure progress; the network
            never learns from them.
        learning_rate : float, default=1e-3
            Step size: each step is this number times the gradient.
        learning_rate_decay : float, default=0.95
            Factor that multiplies the learning rate once per epoch.
        reg : float, default=5e-6
            Strength of the regularization.
        num_iters : int, default=100
            Number of steps.
        batch_size : int, default=200
            Number of examples per step.
        verbose : bool, default=False
            Print the loss every 100 steps.

        Returns
        -------
        dict
            ``loss_history``, one loss per step; ``train_acc_history`` and
            ``val_acc_history``, one accuracy per epoch (from 0 to 1, on the current
            batch and on the validation set).

        Notes
        -----
        Batches are drawn from numpy's global random state.

        An epoch ends at each iteration that is a multiple of num_train / batch_size. If
        that quotient is not a whole number, hardly any iteration is: the notebook shows
        what this means for batches of 64 or 128 images.
        """
        num_train = X.shape[0]
        iterations_per_epoch = max(num_train / batch_size, 1)
        loss_history, train_acc_history, val_acc_history = [], [], []

        for it in range(num_iters):
            # T#8: draw a random minibatch of the training set: `X_batch`, shape (batch_size, D),
            # and its labels `y_batch`, shape (batch_size,). A batch may be larger than the set.
            raise NotImplementedError("T#8 is not done yet")

            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
            loss_history.append(loss)

            # T#9: take one step of stochastic gradient descent on all four parameters.
            raise NotImplementedError("T#9 is not done yet")

            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss:f}")

            if it % iterations_per_epoch == 0:
                train_acc_history.append(np.mean(self.predict(X_batch) == y_batch))
                val_acc_history.append(np.mean(self.predict(X_val) == y_val))
                # T#10: an epoch is over: decay the learning rate. (This runs once in 2,000
                # iterations for some batch sizes; the notebook asks you about it.)
                raise NotImplementedError("T#10 is not done yet")

        return {
            "loss_history": loss_history,
            "train_acc_history": train_acc_history,
            "val_acc_history": val_acc_history,
        }

    def predict(self, X):
        """Predict the most likely class of each example.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            One example per row.

        Returns
        -------
        ndarray of shape (N,)
            Integers from 0 to C - 1.
        """
        # T#11: compute `labels`, shape (N,): for each example the class with the highest score.
        raise NotImplementedError("T#11 is not done yet")
        return labels
