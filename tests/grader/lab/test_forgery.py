"""What a submission can do inside the sandbox short of leaving it earns it nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine.observation import Ended
from grader.lab.mistakes.submissions import submission_of
from solutions.cattern import neural_net
from tests.grader.judging import checks_of

REFERENCE = Path(neural_net.__file__).read_text()
HEAD = "import numpy as np\n"

# Speaks on the channel itself, in the name of the responder.
WRITE = """
import json, os, struct, sys

def write(header, arrays=()):
    table = [[name, "<f8", list(array.shape)] for name, array in arrays]
    text = json.dumps([header, table]).encode()
    text += b" " * (-(8 + len(text)) % 8)
    data = b"".join(np.ascontiguousarray(array, "<f8").tobytes() for _, array in arrays)
    os.write(3, struct.pack("<II", 8 + len(text) + len(data), len(text)) + text + data)

def reply(**changes):
    frame = sys._getframe()
    while "question" not in frame.f_locals:
        frame = frame.f_back
    header = {"id": frame.f_locals["question"]["id"], "ended": "finished", "error": None}
    write({**header, "kinds": {}, "values": {}, **changes})
"""


@pytest.fixture(scope="module")
def stub(project):
    """What students start from: nothing in it is right."""
    return (project / "assignment" / "cattern" / "neural_net.py").read_text()


def beginning(text: str, code: str) -> str:
    return text.replace(HEAD, f"{HEAD}{code}\n", 1)


def in_loss(text: str, code: str) -> str:
    line = '        W1, b1 = self.params["W1"], self.params["b1"]'
    assert line in text
    return text.replace(line, f"        {code}\n{line}", 1)


FORGED = {
    "a failure of ours": "reply(ended='sandbox failed')",
    "a word of its own": "reply(ended='right')",
    "values of other types": "reply(values={'changed': 7, 'undone': 3})",
    "a value that is none": "reply(values={'score': 100})",
    "an array of the judge's": "reply(kinds={'reference_labels/val': {'type': 'ndarray'}})",
    "an error that is not text": "reply(error=7)",
    "a kind that is none": "reply(kinds={'scores': 'right'})",
    "another question's": "reply(id='best_net/test')",
    "no form at all": "write({})",
    "bytes": "os.write(3, b'x' * 4096)",
}


@pytest.mark.parametrize("code", FORGED.values(), ids=FORGED)
def test_a_forged_reply_earns_nothing_and_blames_nobody(grader, stub, code):
    verdict = grader.grade(in_loss(beginning(stub, WRITE), code))
    assert verdict.score == 0
    assert not verdict.could_not_tell
    assert checks_of(verdict)["scores-hidden"].ended in (Ended.KILLED, Ended.FLOODED)


LOADS = {
    "junk": "write({'foo': 1})",
    "a failure of ours": "write({'ended': 'sandbox failed', 'error': None})",
    "success, then the end": "write({'ended': 'finished', 'error': None}); os._exit(0)",
}


@pytest.mark.parametrize("code", LOADS.values(), ids=LOADS)
def test_a_forged_import_earns_nothing(grader, stub, code):
    verdict = grader.grade(beginning(stub, WRITE + code))
    assert verdict.score == 0
    assert not verdict.could_not_tell


def test_the_next_submission_is_judged_as_ever(grader, stub):
    grader.grade(in_loss(beginning(stub, WRITE), "reply(ended='sandbox failed')"))
    assert checks_of(grader.grade(REFERENCE + "\n# after it"))["scores-hidden"].score == 4


PATCHES = {
    "comparisons": "np.array_equal = np.allclose = np.isclose = lambda *a, **k: True",
    "what is sent": 'import json; json.dumps = lambda *a, **k: \'[{"ended": "finished"}, []]\'',
    "what is seen": """
import sys
frame = sys._getframe()
while type(frame.f_locals.get("self")).__name__ != "Harness":
    frame = frame.f_back
ours = type(frame.f_locals["self"])
ours.answer = lambda self, question, inputs: (
    {"id": question["id"], "ended": "finished", "error": None, "values": {"num_calls": 13},
     "kinds": dict.fromkeys(["scores", "loss", "labels"], {"type": "ndarray"})},
    {"scores": np.zeros((5, 3)), "loss": np.array(1.30378789133), "labels": np.zeros(5)},
)
""",
    "the record": "import sys; learning_rate = 0.1; sys.modules['recording'] = None",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_replacing_what_observes_earns_nothing(grader, stub, patch):
    verdict = grader.grade(stub + "\n" + patch)
    published = checks_of(verdict)["loss-published"]
    assert verdict.score - published.score == 0


def test_nothing_inside_knows_an_answer(grader):
    """Searches all objects and modules for the published loss, and for modules of ours."""
    spy = """
import gc, sys

def search():
    start = "".join(["1.30", "3787"])
    found = [name for name in sys.modules if name.split(".")[0] in ("grader", "solutions", "tools")]
    for thing in gc.get_objects():
        values = thing.values() if isinstance(thing, dict) else thing
        if isinstance(thing, (dict, list, tuple)):
            found += [v for v in list(values) if type(v) in (float, str) and start in str(v)]
    print("FOUND", len(found), found[:3])
"""
    text = in_loss(beginning(REFERENCE, spy), "search() if X.shape == (40, 3) else 0")
    output = grader.observer.observe(submission_of(text)).output
    assert "FOUND 0 []" in output
    assert output.count("FOUND") == output.count("FOUND 0 []")


def test_a_train_that_behaves_when_watched_loses(grader):
    line = "        num_train = X.shape[0]\n"
    code = "        if type(self).__name__ != 'Recorder': return {}\n"
    verdict = grader.grade(REFERENCE.replace(line, code + line, 1))
    assert checks_of(verdict)["step-toy"].score == 0


LIES = {
    "scores that lie": (
        "            return scores\n",
        "            class Lie(np.ndarray):\n"
        "                def __array__(self, *a, **k): return np.ones(self.shape)\n"
        "                def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "            return (0 * scores).view(Lie)\n",
        {"T#5"},  # predict is right for given scores
    ),
    "gradients that lie": (
        "        return loss, grads\n",
        "        class Lie(dict):\n"
        "            def __getitem__(self, key): return np.zeros(3)\n"
        "            def __contains__(self, key): return True\n"
        "        return loss, Lie()\n",
        {"T#7"},
    ),
}


@pytest.mark.parametrize(("line", "lie", "tasks"), LIES.values(), ids=LIES)
def test_a_lying_value_is_worth_its_numbers(grader, line, lie, tasks):
    verdict = grader.grade(REFERENCE.replace(line, lie, 1))
    assert {task.task for task in verdict.tasks if task.score == 0} - {"T#12"} == tasks
