"""Mistakes of T#10."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#10")


@MISTAKES.add(
    "rate-never-decays",
    "The learning rate is the same from the first step to the last.",
    "Is what you work out kept in the variable that the step uses?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate


@MISTAKES.add(
    "rate-decays-every-step",
    "The learning rate falls at every step, not once an epoch.",
    "How many steps has an epoch, and how deep inside the loop does your line stand?",
)
def decays_at(it, iterations_per_epoch):
    return True


@MISTAKES.add(
    "rate-decays-between-epochs",
    "The learning rate falls at every step but the one at which an epoch ends.",
    "When is the condition that you wrote true?",
)
def decays_at(it, iterations_per_epoch):
    return it % iterations_per_epoch != 0


@MISTAKES.add(
    "decay-subtracted",
    "The decay is taken off the learning rate.",
    "What becomes of a learning rate of 0.001 in your first epoch?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate - learning_rate_decay


@MISTAKES.add(
    "decay-added",
    "The decay is added to the learning rate.",
    "What becomes of a learning rate of 0.001 in your first epoch?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate + learning_rate_decay


@MISTAKES.add(
    "divided-by-decay",
    "The learning rate is divided by the decay, and so it grows.",
    "Is 1 / 0.95 larger or smaller than 1?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate / learning_rate_decay


@MISTAKES.add(
    "decay-from-one",
    "The learning rate is multiplied by one minus the decay.",
    "What is left of the learning rate after one epoch with a decay of 0.95?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate * (1 - learning_rate_decay)


@MISTAKES.add(
    "decay-for-rate",
    "The decay itself takes the place of the learning rate.",
    "What is the learning rate after one epoch if it was 0.001?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate_decay


@MISTAKES.add(
    "decay-over-time",
    "The learning rate is divided by one plus decay times epoch: another schedule than the one "
    "asked for.",
    "What does a decay of 1 do to the rate, by the task's words?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return first_rate / (1 + learning_rate_decay * (epoch + 1))


@MISTAKES.add(
    "decay-exponential",
    "The learning rate falls with exp(-decay · epoch): another schedule than the one asked for.",
    "What does a decay of 1 do to the rate, by the task's words?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return first_rate * np.exp(-learning_rate_decay * (epoch + 1))


@MISTAKES.add(
    "decay-compounds",
    "The learning rate, which has fallen before, is multiplied by a power of the decay that grows "
    "with the epoch.",
    "By what should the rate of one epoch differ from that of the next?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate * learning_rate_decay ** (epoch + 1)


@MISTAKES.add(
    "decay-once",
    "The learning rate falls once, after the first step, and then stays.",
    "How often is your line reached, and which rate does it multiply: that of now, or the first?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return first_rate * learning_rate_decay


@MISTAKES.add(
    "decay-fixed",
    "The learning rate is multiplied by a number of your own, whatever learning_rate_decay is.",
    "Which arguments of train does your code never use?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate * 0.95


@MISTAKES.add(
    "decay-twice",
    "The learning rate is multiplied by the decay twice an epoch.",
    "How many lines of yours change the learning rate?",
)
def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    return learning_rate * learning_rate_decay * learning_rate_decay
