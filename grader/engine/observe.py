"""Puts the questions of a run to a submission, inside the sandbox, and keeps what comes back.

A question costs itself alone: one that hangs, crashes, floods or ends the process is marked with
how it ended, a fresh process takes its place, and the rest is asked there. Short questions are put
in rounds; where a round is lost, each of its questions is asked again alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from types import TracebackType
from typing import Any

import numpy as np

from grader.engine.lab import Data, Lab
from grader.engine.observation import (
    NOT_ASKED,
    NOT_IMPORTED,
    Ended,
    Measured,
    Observation,
    Observations,
)
from grader.engine.protocol import (
    ProtocolError,
    ReplyFormat,
    check_reply,
    ending_of,
    frame_of,
    take_apart,
    values_of,
)
from grader.engine.question import SAVED, SOURCE, Question, Questions
from grader.engine.rubric import Rubric
from grader.sandbox.host import ALLOWED_MODULES, Child, ChildEnded, Replies, Reply, Sandbox
from grader.submission.files import SubmissionFiles, find_files
from grader.submission.program import Program, program_of
from grader.submission.submission import Finding, Submission

# The largest honest replies of the first lab: 20 KB, 900 KB of a training that never ends, and
# 1 MB of saved weights.
REPLY_BYTES, SUMMARIZED_REPLY_BYTES = 1 << 20, 8 << 20
KEPT_BYTES = 4 << 20  # of all replies together; those of right code have 60 KB
TOO_LARGE = "all replies together are too large"
PRINTED_KEPT, ATTEMPTS_KEPT = 2_000, 20
# Of the time that one submission may waste: a `loss` that hangs leaves the rest to `train`.
KIND_SHARE = 1 / 20  # three questions that hang
PATIENCE_S = 5.0  # for what an answer waits without using CPU time: the machine may be busy


class Observer:
    """Observes one submission after the other in one sandbox; a context manager."""

    def __init__(
        self,
        lab: Lab,
        seed: int,
        rubric: Rubric,
        data: Data | None,
        *,
        isolation: str = "auto",
        trust_submissions: bool = False,
    ) -> None:
        self.lab, self.seed, self.rubric = lab, seed, rubric
        self.data = None if data is None else lab.seed_data(data, seed)
        self.questions: Questions = lab.make_questions(seed, data is not None)
        self.sandbox = Sandbox(
            lab.guest,
            public=_public(self.questions, self.data),
            isolation=isolation,
            memory_mb=int(rubric.limits.memory_mb),
            trust_submissions=trust_submissions,
            allowed_modules=(*ALLOWED_MODULES, *rubric.modules),
            output_bytes=int(rubric.limits.output_mb * 1e6),
        )

    @property
    def isolation(self) -> str:
        """Level of the sandbox: "full", "flat", "sealed" or "none"."""
        return self.sandbox.level

    def __enter__(self) -> Observer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self.sandbox.close()

    def observe(self, submission: Submission, parts: SubmissionFiles | None = None) -> Observations:
        """Ask everything that the submission has a part for; `parts` if they are known already."""
        parts = parts or find_files(submission, self.lab.submission)
        asked = [question for question in self.questions.questions if _has_part(question, parts)]
        first = [question for question in asked if not question.further]
        session = _Session(self, program_of(parts, self.lab.submission), first)
        seen = session.hold()
        self._ask_further(session, asked)
        session.summarize()
        return Observations(
            by_question={question.id: seen[question.id] for question in asked},
            isolation=self.isolation,
            measured=session.measured(),
            output=session.output[:PRINTED_KEPT],
            attempts=session.attempts(),
            findings=(*submission.findings, *parts.findings, *session.findings),
            frames=tuple(session.frames),
        )

    def _ask_further(self, session: _Session, asked: list[Question]) -> None:
        """Ask what the answers call for; where they do not, nothing after it is asked either."""
        seen, is_needed = session.seen, True
        answers = self.lab.make_answers(self.seed)
        for number, needs in enumerate(self.lab.needs_further, 1):
            further = [question for question in asked if question.further == number]
            is_needed = bool(is_needed and further and needs(seen, answers))
            if is_needed:
                session.ask_further(further)
            else:
                seen.update({one.id: Observation(one.id, Ended.NOT_ASKED) for one in further})

    def nothing_seen(self, reason: str) -> Observations:
        """What is observed where the sandbox itself fails: of every question, that it did."""
        asked = self.questions.questions
        return Observations(
            by_question={
                one.id: Observation(one.id, Ended.SANDBOX_FAILED, error=reason) for one in asked
            },
            isolation=self.isolation,
            measured=Measured(0.0, 0.0, 0.0),
        )


def _public(
    questions: Questions, data: Data | None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What every submission may see: the questions with their inputs, and the images."""
    inputs = {
        f"{case.id}/{name}": array
        for case in questions.cases.values()
        for name, array in case.arrays.items()
    }
    header = {"questions": [question.header for question in questions.questions]}
    return header, {**inputs, **(data.public if data else {})}


def _has_part(question: Question, parts: SubmissionFiles) -> bool:
    return bool(parts.saved if question.needs == SAVED else parts.source)


class _Session:
    """The questions to one submission, over as many processes as it takes."""

    def __init__(self, observer: Observer, program: Program, asked: list[Question]) -> None:
        self.observer, self.program = observer, program
        self.limits = observer.rubric.limits
        self.waiting = list(asked)
        self.seen: dict[str, Observation] = {}
        self.findings: list[Finding] = []
        self.frames: list[bytes] = []
        self.large: dict[str, int] = {}  # question to be summarized -> position of its frame
        self.left_bytes = KEPT_BYTES
        self.output = ""
        self.tried: list[str] = []  # while the code was imported in vain
        self.alone: set[str] = set()  # questions that were lost in a round
        self.loaded = False  # whether the code got through an import once
        self.is_our_reload = False  # whether it is imported again because of a round
        # Seconds lost by what ended badly: by the kind of question, and "load".
        self.wasted_s: defaultdict[str, float] = defaultdict(float)
        self.cpu_s = self.wall_s = self.peak_memory_mb = 0.0

    def hold(self) -> dict[str, Observation]:
        """Ask until nothing waits; the result is keyed by question."""
        while self.waiting:
            child = self.observer.sandbox.start()
            try:
                self._ask(child)
            finally:
                self._account(child)
        return self.seen

    def ask_further(self, further: list[Question]) -> None:
        """Ask more in another process; its import is on us."""
        self.waiting = list(further)
        self.is_our_reload = True
        self.hold()

    def summarize(self) -> None:
        """Replace large observations by what the judge needs of them beside the other answers.

        The last comes first: what an earlier one needs may depend on what a later one shows.
        """
        for question, at in reversed(self.large.items()):
            seen = self.observer.lab.summarize(self.seen[question], self.observer.data, self.seen)
            frame = frame_of(seen)
            self.left_bytes -= len(frame)
            if self.left_bytes < 0:
                seen, frame = Observation(question, Ended.KILLED, error=TOO_LARGE), b""
            self.seen[question], self.frames[at] = seen, frame

    def measured(self) -> Measured:
        """What all processes together cost."""
        return Measured(
            wall_s=round(self.wall_s, 4),
            cpu_s=round(self.cpu_s, 4),
            peak_memory_mb=round(self.peak_memory_mb, 1),
        )

    def attempts(self) -> tuple[str, ...]:
        """What the code tried and the sandbox refused, each attempt once."""
        seen = [one for found in self.seen.values() for one in found.values.get("attempts", ())]
        return tuple(dict.fromkeys([*self.tried, *seen]))[:ATTEMPTS_KEPT]

    def _loaded(self, child: Child, replies: Replies) -> bool:
        """Whether the student's code is imported; if not, decide what to try next."""
        try:
            reply = replies.next(**self._limits(self.limits.load_s), max_reply_bytes=REPLY_BYTES)
            ended, error = ending_of(reply.header), str(reply.header.get("error"))[:4_000]
            self.tried += _texts(reply.header.get("attempts"))
        except ChildEnded as end:
            ended, error = end.ended, end.detail
        except ProtocolError as breach:
            ended, error = Ended.KILLED, f"broke the protocol: {breach}"
        if self.loaded and not self.is_our_reload:  # a slow import is paid once
            self.wasted_s["load"] += child.own_s()
        self.is_our_reload = False
        if ended is Ended.FINISHED:
            self.loaded = True
            return True
        if ended is Ended.SANDBOX_FAILED:
            self._give_up(lambda question: True, ended, error)
        elif not self.program.rescue:
            self.program = replace(self.program, rescue=True)
            self.findings.append(
                Finding(
                    "import-failed",
                    "The file cannot be imported as it is. The grader used only its imports, "
                    f"functions, classes and plain constants. The error: {error}",
                )
            )
        elif self.program.has_main:
            self.findings[-1] = Finding("import-failed", f"The code cannot be imported: {error}")
            text = f"{NOT_IMPORTED} {error}"
            self._give_up(lambda question: question.needs == SOURCE, ended, text)
            self.program = self.program.without_main()
        else:
            self._give_up(lambda question: True, ended, error)
        return False

    def _give_up(self, which: Callable[[Question], bool], ended: Ended, error: str | None) -> None:
        for question in [one for one in self.waiting if which(one)]:
            self._keep(question, Observation(question.id, ended, error=error))

    def _give_up_all_like(self, asked: Question, ended: Ended, error: str | None) -> None:
        self._give_up(lambda question: question.needs == asked.needs, ended, error)

    def _ask(self, child: Child) -> None:
        """Put the waiting questions to a process, until it ends or none is left."""
        rounds = self._rounds()
        names = [[question.id for question in asked] for asked in rounds]
        replies = child.ask_all(*self.program.message(self.observer.seed, names))
        if not self._loaded(child, replies):
            return
        for asked in rounds:
            if self._is_out_of_time(asked[0].do):
                return
            began_s, busy_s = child.own_s(), child.cpu_s()
            try:
                limits = self._limits(self.limits.cpu_s(asked[0].limit))
                reply = replies.next(**limits, max_reply_bytes=self._max_reply_bytes(asked))
                seen = _observations(self.observer.lab.replies, asked, reply)
            except ChildEnded as end:
                self._lose(asked, end, child.own_s() - began_s)
                return
            # One that sleeps just short of every limit would hold a worker for half an hour.
            idle_s = child.own_s() - began_s - (child.cpu_s() - busy_s)
            self.wasted_s[asked[0].do] += max(0.0, idle_s - PATIENCE_S)
            self._keep_round(asked, seen, reply.frame)
            if asked[0].required and seen[0].ended is not Ended.FINISHED:
                self._give_up_all_like(asked[0], seen[0].ended, seen[0].error)
                return

    def _rounds(self) -> list[list[Question]]:
        """The waiting questions as they are put: some in rounds, the others alone."""

        def round_of(question: Question) -> tuple[bool, str]:
            alone = question.round is None or question.id in self.alone
            return alone, question.id if alone else str(question.round)

        return [list(asked) for _, asked in groupby(self.waiting, round_of)]

    def _lose(self, asked: list[Question], end: ChildEnded, lost_s: float) -> None:
        """Mark the question that ended the process; ask those of a round again, each alone."""
        if len(asked) > 1:
            self.alone |= {question.id for question in asked}
            self.is_our_reload = True
            return
        (question,) = asked
        self.wasted_s[question.do] += lost_s
        self._keep(question, Observation(question.id, end.ended, error=end.detail))
        if question.required:
            # What cannot be loaded is not loaded again and again: each time may cost a minute.
            self._give_up_all_like(question, end.ended, end.detail)

    def _is_out_of_time(self, do: str) -> bool:
        """Whether too much was wasted to ask more of a kind, or anything; says so of them."""
        if sum(self.wasted_s.values()) > self.limits.wasted_s:
            text = f"{NOT_ASKED} earlier checks used up the time of this submission"
            self._give_up(lambda one: True, Ended.TIMED_OUT, text)
            return True
        if self.wasted_s[do] > self.limits.wasted_s * KIND_SHARE:
            text = f"{NOT_ASKED} earlier checks of this kind used up their time"
            self._give_up(lambda one: one.do == do, Ended.TIMED_OUT, text)
            return True
        return False

    def _limits(self, cpu_s: float) -> dict[str, float]:
        return {"cpu_s": cpu_s, "wall_s": cpu_s * self.limits.wall_factor + PATIENCE_S}

    def _max_reply_bytes(self, asked: list[Question]) -> int:
        """How large a reply may be: each question has a limit, and so have all together."""
        if self._is_summarized(asked):
            return SUMMARIZED_REPLY_BYTES
        return min(len(asked) * REPLY_BYTES, self.left_bytes)

    def _is_summarized(self, asked: list[Question]) -> bool:
        return asked[0].summarized and self.observer.data is not None

    def _keep_round(self, asked: list[Question], seen: list[Observation], frame: bytes) -> None:
        if self._is_summarized(asked):
            self.large[asked[0].id] = len(self.frames)
        else:
            self.left_bytes -= len(frame)
        self.frames.append(frame)
        for question, observation in zip(asked, seen, strict=True):
            self._keep(question, observation)

    def _keep(self, question: Question, observation: Observation) -> None:
        self.seen[question.id] = observation
        self.waiting.remove(question)

    def _account(self, child: Child) -> None:
        usage = child.close()
        self.output = (self.output + child.output)[:PRINTED_KEPT]
        self.cpu_s += usage.cpu_s
        self.wall_s += usage.wall_s
        self.peak_memory_mb = max(self.peak_memory_mb, usage.peak_memory_mb)


def _texts(value: object) -> list[str]:
    """The short texts of a list that a child has sent."""
    items = value if isinstance(value, list) else []
    return [text[:100] for text in items[:ATTEMPTS_KEPT] if isinstance(text, str)]


def _observations(form: ReplyFormat, asked: list[Question], reply: Reply) -> list[Observation]:
    """A reply as observations; one that is none of ours ends the conversation."""
    try:
        answers = take_apart(reply, len(asked))
        return [_observation(form, *pair) for pair in zip(asked, answers, strict=True)]
    except ProtocolError as breach:
        raise ChildEnded(Ended.KILLED, f"broke the protocol: {breach}") from None


def _observation(form: ReplyFormat, question: Question, answer: Reply) -> Observation:
    check_reply(form, question.id, answer.header, answer.arrays)
    error = answer.header["error"]
    return Observation(
        question.id,
        ending_of(answer.header),
        values_of(answer.header),
        answer.arrays,
        None if error is None else error[:4_000],
    )
