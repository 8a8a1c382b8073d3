"""Puts questions to a submission's class and sends back what came; a lab's harness extends it.

Runs in the child, after every layer of the sandbox is on. It imports numpy and the standard
library only.

Protocol: one frame comes in, with the modules to import and the rounds of questions. One goes out
for the import, and if that finished, one for each round as soon as it is known.
    {"modules": ..., "rounds": [[id, ...], ...], ...} -> {"ended": ..., "error": ...}
                                                         {"answers": [...]} for each round
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import loading
import numpy as np
from describe import SMALL, Arrays, Seen

if TYPE_CHECKING:
    from channel import Channel

Question = dict[str, Any]  # as it is sent
Asked = dict[str, tuple[Question, Arrays]]  # by id, each with its inputs
Reply = tuple[dict[str, Any], Arrays]  # a header and its arrays


def questions_of(header: dict[str, Any], arrays: Arrays) -> tuple[Asked, dict[str, Arrays]]:
    """Questions by id, each with its inputs, and the inputs of each case.

    `header` has the ``questions``; `arrays` has their inputs as ``case/name``.
    """
    cases: dict[str, Arrays] = {}
    for name, array in arrays.items():
        case, _, inner = name.rpartition("/")
        cases.setdefault(case, {})[inner] = array
    asked = {
        question["id"]: (question, cases[question["inputs"]] if question["inputs"] else {})
        for question in header.get("questions", ())
    }
    return asked, cases


def serve(
    channel: Channel,
    prepared: tuple[Asked, Arrays],
    harness_class: type[BaseHarness],
) -> None:
    """Import one submission and put all its questions to it."""
    asked, data = prepared
    message = channel.receive()
    if message is None:  # the child is not needed
        return
    harness = harness_class(data)
    loaded = harness.load(*message)
    _send(channel, loaded, {})
    if loaded["ended"] == "finished":
        for questions in message[0]["rounds"]:
            _send(channel, *_together([harness.answer(*asked[one]) for one in questions]))


def _together(answers: list[Reply]) -> Reply:
    """The answers of one round as one frame."""
    headers = [header for header, _ in answers]
    arrays = {
        f"{at}/{name}": array
        for at, (_, seen) in enumerate(answers)
        for name, array in seen.items()
    }
    return {"answers": headers}, arrays


def _send(channel: Channel, header: dict[str, Any], arrays: Arrays) -> None:
    try:
        channel.send(header, arrays)
    except Exception as error:  # a submission has closed the channel, or replaced what it needs
        # Not the traceback, which is ours: what the child prints is for the student.
        raise SystemExit from error


class BaseHarness:
    """The student's class, loaded; a lab adds a method ``ask_<do>`` for each kind of question."""

    code_class = loading.StudentCode

    def __init__(self, data: Arrays) -> None:
        self.data = data
        # Set by `load`, which comes before any question.
        self.code: Any = None
        self.student_class: Any = None
        self.saved: bytes = b""

    def load(self, header: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
        """Import the submission's modules; says how that ended."""
        sources = {
            module["name"]: (module["path"], arrays[f"source/{at}"].tobytes().decode("utf-8"))
            for at, module in enumerate(header["modules"])
        }
        self.saved = arrays["saved"].tobytes() if "saved" in arrays else b""
        self.code = self.code_class(sources, header["main"], header["class"], header["rescue"])
        self.seed(header["seed"])
        try:
            self.student_class = self.adapted(self.code.load())
        except BaseException as error:
            tried = self.code.attempts.take()
            return {"ended": _ended(error), "error": loading.explain(error), "attempts": tried}
        return {"ended": "finished", "error": None}

    def answer(self, question: Question, inputs: Arrays) -> Reply:
        """One reply: how the question ended, and what was seen."""
        inputs = {name: array.copy() for name, array in inputs.items()}
        seen = Seen(self.capacity(question))
        ended, error = "finished", None
        self.start_question(question)
        self.seed(question["seed"])
        try:
            # A warning never costs a point, whatever the code has made of warnings.
            with np.errstate(all="ignore"):
                getattr(self, "ask_" + question["do"])(question, inputs, seen)
        except BaseException as raised:
            ended, error = _ended(raised), loading.explain(raised)
        self.finish_question(question, seen)
        if tried := self.code.attempts.take():
            seen.values["attempts"] = tried
        header = {
            "id": question["id"],
            "ended": ended,
            "error": error,
            "kinds": seen.kinds,
            "values": seen.values,
        }
        return header, seen.arrays

    def capacity(self, question: Question) -> int:
        """How many numbers one answer may have."""
        return SMALL

    def adapted(self, student_class: type[Any]) -> type[Any]:
        """The class as the questions use it."""
        return student_class

    def start_question(self, question: Question) -> None:
        """Called before each question."""

    def finish_question(self, question: Question, seen: Seen) -> None:
        """Called after each question, however it ended."""

    def seed(self, seed: int, holder: object = None) -> None:
        """Set every source of chance that a submission may draw from, those that it holds too."""
        random.seed(seed)
        np.random.seed(seed)
        numbers = np.random.PCG64(seed)
        # What numpy seeds a generator with that is given no seed.
        source: Any = np.random.bit_generator
        source.randbits = lambda bits: int.from_bytes(
            np.random.Generator(numbers).bytes(bits // 8), "little"
        )
        holders = [*self.code.namespaces(), getattr(holder, "__dict__", {})]
        for value in [value for names in holders for value in names.values()]:
            _reseed(value, seed)


def _reseed(value: object, seed: int) -> None:
    """Begin a random number generator again; other values stay."""
    if isinstance(value, np.random.Generator):
        value.bit_generator.state = type(value.bit_generator)(seed).state
    elif isinstance(value, (np.random.RandomState, random.Random)):
        value.seed(seed)


def _ended(error: BaseException) -> str:
    return "out of memory" if isinstance(error, MemoryError) else "raised"
