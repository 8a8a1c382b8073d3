"""The reference's answers to the questions. They never leave the judging process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.engine.question import Case, Questions
from grader.lab.questions import Arrays, make_questions, params_of
from solutions.cattern.gradient_check import eval_numerical_gradient
from solutions.cattern.neural_net import TwoLayerNet

# As the notebook prints them; the reference gives the same to all digits shown.
PUBLISHED_SCORES = np.array(
    [
        [-0.81233741, -1.27654624, -0.70335995],
        [-0.17129677, -1.18803311, -0.47310444],
        [-0.51590475, -1.01354314, -0.8504215],
        [-0.15419291, -0.48629638, -0.52901952],
        [-0.00618733, -0.12435261, -0.15226949],
    ]
)
PUBLISHED_LOSS = 1.30378789133


@dataclass(frozen=True)
class Answers:
    """What the reference says to each question of a run."""

    questions: Questions

    def case(self, name: str) -> Case:
        """Inputs of a case."""
        return self.questions.cases[name]

    def scores(self, case: str) -> np.ndarray:
        """Scores (N, C)."""
        return np.asarray(self._net(case).loss(self.case(case).arrays["X"]))

    def loss(self, case: str, reg: float) -> tuple[float, Arrays]:
        """Loss and gradients."""
        arrays = self.case(case).arrays
        loss, grads = self._net(case).loss(arrays["X"], arrays["y"], reg=reg)
        return loss, grads

    def gradient_size(self, case: str, reg: float) -> float:
        """Largest number of all four gradients.

        A gradient may be the small rest of large terms that cancel each other; in single precision
        its error is as large as theirs.
        """
        return max(float(np.abs(grad).max()) for grad in self.loss(case, reg)[1].values())

    def labels(self, case: str) -> np.ndarray:
        """Labels (N,)."""
        return np.asarray(self._net(case).predict(self.case(case).arrays["X"]))

    def numeric(self, case: str, reg: float) -> Arrays:
        """Gradients of the reference's loss by central differences."""
        net, arrays = self._net(case), self.case(case).arrays
        return {
            name: eval_numerical_gradient(
                lambda _: net.loss(arrays["X"], arrays["y"], reg=reg)[0], value, verbose=False
            )
            for name, value in net.params.items()
        }

    def _net(self, case: str) -> TwoLayerNet:
        return net_with(params_of(self.case(case)))


class _Remembered(Answers):
    """Answers are the same for every submission of a run: each is worked out once."""

    def __init__(self, questions: Questions) -> None:
        super().__init__(questions)
        for name in ("scores", "loss", "gradient_size", "labels", "numeric"):
            object.__setattr__(self, name, lru_cache(maxsize=None)(getattr(self, name)))


@lru_cache(maxsize=4)
def make_answers(seed: int) -> Answers:
    """The answers to the questions of a run."""
    return _Remembered(make_questions(seed))


def net_with(params: Arrays) -> TwoLayerNet:
    """The reference's network with given parameters.

    Made without drawing, so that the global random state stays as it is.
    """
    net = TwoLayerNet.__new__(TwoLayerNet)
    net.params = dict(params)
    return net
