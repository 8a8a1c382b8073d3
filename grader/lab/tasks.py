"""The eight tasks of the lab."""

from __future__ import annotations

from grader.engine.lab import Task as Task

TASKS = (
    Task(
        "T#5",
        "Scores",
        "loss",
        "Compute the scores of all classes, shape (N, C): affine layer, ReLU, affine layer.",
    ),
    Task(
        "T#6",
        "Loss",
        "loss",
        "Compute the loss: the mean softmax cross-entropy of the batch plus "
        "0.5 · reg · (ΣW1² + ΣW2²), without overflow on large scores.",
    ),
    Task(
        "T#7",
        "Gradients",
        "loss",
        "Compute the gradients of the loss with respect to W1, b1, W2 and b2, each in the shape "
        "of its parameter.",
    ),
    Task(
        "T#8",
        "Minibatch",
        "train",
        "Draw a random minibatch of the training set: batch_size rows of X and the labels that "
        "belong to them.",
    ),
    Task(
        "T#9",
        "SGD step",
        "train",
        "Take one step of stochastic gradient descent on all four parameters.",
    ),
    Task(
        "T#10",
        "Learning rate decay",
        "train",
        "Multiply the learning rate by learning_rate_decay once an epoch.",
    ),
    Task(
        "T#11",
        "Prediction",
        "predict",
        "Predict the class with the highest score for every row of X, shape (N,).",
    ),
    Task(
        "T#12",
        "Tuning",
        "notebook",
        "Tune the network on the validation set and save the best one, best_net, as best_net.pkl.",
    ),
)
TASK_NAMES = tuple(task.name for task in TASKS)
