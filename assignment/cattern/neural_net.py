"""A two-layer neural network, trained with stochastic gradient descent."""

import numpy as np


class TwoLayerNet:
    """A fully connected network with one hidden layer.

    The parts in order: affine, ReLU, affine, softmax. It is trained on the
    softmax loss with L2 regularisation of the weight matrices.

    One letter has one meaning throughout: N examples, D inputs each, H hidden
    units, C classes.

    Parameters
    ----------
    input_size : int
        D, the number of inputs of an example.
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
    The weights are drawn from numpy's global random state, ``W1`` first and
    then ``W2``, so that `np.random.seed` makes a network reproducible.
    """

    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {
            "W1": std * np.random.randn(input_size, hidden_size),  # (D, H)
            "b1": np.zeros(hidden_size),  # (H,)
            "W2": std * np.random.randn(hidden_size, output_size),  # (H, C)
            "b2": np.zeros(output_size),  # (C,)
        }

    def loss(self, X, y=None, reg=0.0):
        """Scores of a batch or, where the labels are given, loss and gradients.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            One example a row.
        y : ndarray of shape (N,), optional
            The right class of each example, an integer from 0 to C - 1.
        reg : float, default=0.0
            Strength of the regularisation.

        Returns
        -------
        scores : ndarray of shape (N, C)
            If `y` is None: the scores of each class, before the softmax.
        loss : float
            Otherwise: the mean softmax cross-entropy of the batch plus
            ``0.5 * reg * (sum(W1²) + sum(W2²))``. Biases are not regularised.
        grads : dict
            And its gradients, under the keys and in the shapes of `params`.
        """
        W1, b1 = self.params["W1"], self.params["b1"]  # (D, H), (H,)
        W2, b2 = self.params["W2"], self.params["b2"]  # (H, C), (C,)
        N = X.shape[0]

        # T#5: the scores of each class, `scores` of shape (N, C): an affine layer, a ReLU, an
        # affine layer. Keep what the backward pass will need.
        raise NotImplementedError("T#5 is not done yet")
        if y is None:
            return scores

        # T#6: the loss of the batch, `loss`, one number: the mean over the batch of the softmax
        # cross-entropy, plus 0.5 * reg * (sum of W1² + sum of W2²). Large scores must not
        # overflow.
        raise NotImplementedError("T#6 is not done yet")

        # T#7: the gradients of the loss, `grads`, a dict with the keys of `self.params`; each has
        # the shape of its parameter. Go backwards through the network, one line for each line
        # that went forward.
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
        """Train the network with stochastic gradient descent, changing `params` in place.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            The training examples.
        y : ndarray of shape (N,)
            Their labels, integers from 0 to C - 1.
        X_val, y_val : ndarray of shape (N_val, D) and (N_val,)
            The validation examples and labels; they are looked at, never learnt from.
        learning_rate : float, default=1e-3
            Length of a step, as a multiple of the gradient.
        learning_rate_decay : float, default=0.95
            What the learning rate is multiplied by once an epoch.
        reg : float, default=5e-6
            Strength of the regularisation.
        num_iters : int, default=100
            Number of steps.
        batch_size : int, default=200
            Number of examples in a step.
        verbose : bool, default=False
            Print the loss at every hundredth step.

        Returns
        -------
        dict
            ``loss_history``, one loss for each step; ``train_acc_history`` and
            ``val_acc_history``, one accuracy (from 0 to 1, on the batch of the
            moment and on the validation set) for each epoch.

        Notes
        -----
        Batches are drawn from numpy's global random state.
        """
        num_train = X.shape[0]
        iterations_per_epoch = max(num_train / batch_size, 1)
        loss_history, train_acc_history, val_acc_history = [], [], []

        for it in range(num_iters):
            # T#8: a random minibatch of the training set: `X_batch` of shape (batch_size, D) and
            # its labels `y_batch` of shape (batch_size,).
            raise NotImplementedError("T#8 is not done yet")

            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
            loss_history.append(loss)

            # T#9: one step of stochastic gradient descent on all four parameters.
            raise NotImplementedError("T#9 is not done yet")

            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss:f}")

            if it % iterations_per_epoch == 0:
                train_acc_history.append(np.mean(self.predict(X_batch) == y_batch))
                val_acc_history.append(np.mean(self.predict(X_val) == y_val))
                # T#10: an epoch is over: let the learning rate decay.
                raise NotImplementedError("T#10 is not done yet")

        return {
            "loss_history": loss_history,
            "train_acc_history": train_acc_history,
            "val_acc_history": val_acc_history,
        }

    def predict(self, X):
        """Most likely class of each example.

        Parameters
        ----------
        X : ndarray of shape (N, D)
            One example a row.

        Returns
        -------
        ndarray of shape (N,)
            Integers from 0 to C - 1.
        """
        # T#11: the labels, `labels`, of the highest scores.
        raise NotImplementedError("T#11 is not done yet")
        return labels
