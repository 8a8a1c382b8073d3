"""The files that students of this lab hand in."""

from __future__ import annotations

from grader.lab.reference import SOLUTIONS
from grader.lab.tasks import TASK_NAMES
from grader.submission.format import SubmissionFormat

# Stands in for the student's class if there is none, so that best_net can still be unpickled.
_STAND_IN = """
class TwoLayerNet:
    def __init__(self, *sizes, **settings):
        self.params = {}

    def predict(self, X):
        raise NotImplementedError("there is no neural_net.py that can be used to predict")
"""

FORMAT = SubmissionFormat(
    package="cattern",
    source="neural_net.py",
    class_name="TwoLayerNet",
    stub_tasks=TASK_NAMES[:-1],  # T#12 is in the notebook
    notebook="Simple_Neural_Network_Lab.ipynb",
    saved=("best_net.pkl", "best_net.npz"),
    saved_also=(
        "best_net.pickle",
        "best_net.p",
        "best_net.npy",
        "best_net.pkl.gz",
        "best_net",
    ),
    saved_title="saved net",
    given={
        "gradient_check": (SOLUTIONS, ("cattern/gradient_check.py",)),
        "mnist_data": (SOLUTIONS.parent, ("mnist_data/**/*.py",)),
    },
    stand_in=_STAND_IN,
)
