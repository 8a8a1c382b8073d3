"""The catalogue is the grader's own mutation test: each mistake costs its task alone, by name."""

from __future__ import annotations

from itertools import cycle, islice

import pytest

from grader.engine.verdict import Judged
from grader.lab.functional import FUNCTION_NAMES, source_of
from grader.lab.mistakes.catalogue import BY_SLUG, CATALOGUE, EVERYTHING, read_mistakes
from grader.lab.mistakes.mistake import edited, together
from grader.lab.mistakes.submissions import submission_with, text_with
from tests.grader.judging import checks_of, lost_tasks, slugs_of

ALL = [mistake for mistakes in CATALOGUE.values() for mistake in mistakes]
MILD = {"bias-gradients-are-rows", "column-of-labels"}  # a deviation's sentence says it already


def by_slug(mistakes):
    return pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.slug)


def in_stage(task, *names):
    mistakes = [one for one in CATALOGUE[task] if one.stage in names and one.slug not in MILD]
    return [one for one in mistakes if not one.whole]


def side_by_side(first, second):
    """Pairs in which every mistake of both lists occurs."""
    count = max(len(first), len(second))
    return list(zip(islice(cycle(first), count), islice(cycle(second), count), strict=True))


def test_slugs_are_unique():
    assert len(BY_SLUG) == sum(len(mistakes) for mistakes in EVERYTHING.values())


@by_slug(ALL)
def test_each_edit_matches_exactly_once(mistake):
    source = source_of(mistake.stage)
    for old, new in mistake.edits:
        assert source.count(old) == 1, f"{source.count(old)} matches of {old!r}"
        source = source.replace(old, new)
    assert edited(source_of(mistake.stage), mistake.edits) == source != source_of(mistake.stage)
    assert edited(source_of("dscores_of"), mistake.carried) is not None


@by_slug(BY_SLUG.values())
def test_text_is_short_and_whole(mistake):
    for sentence in (mistake.title, mistake.what, mistake.look_at):
        assert sentence.endswith((".", "{line}"))
    assert mistake.look_at.startswith(("Look ", "Call "))
    assert mistake.question.endswith("?")
    assert 25 <= len(mistake.advice.split()) <= 60


def test_right_submission_loses_nothing(grader):
    verdict = grader.grade(submission_with())
    assert lost_tasks(verdict) == set()
    assert slugs_of(verdict) == {}


@by_slug([one for one in ALL if one.carried])
def test_later_task_may_continue_with_the_mistake(grader, mistake):
    verdict = grader.grade(submission_with(mistake, carried=True))
    assert lost_tasks(verdict) == {mistake.task}
    assert slugs_of(verdict) == {mistake.task: {mistake.slug}}
    gradients = next(task for task in verdict.tasks if task.task == "T#7")
    assert gradients.judged is Judged.FOLLOW_THROUGH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *side_by_side(in_stage("T#6", "data_loss")[:20], in_stage("T#6", "reg_loss")[:20]),
        *side_by_side(in_stage("T#7", "dscores_of")[:12], in_stage("T#7", "reg_gradients")[:12]),
    ],
    ids=lambda mistake: mistake.slug,
)
def test_two_mistakes_in_one_task_are_named_together(grader, one, other):
    verdict = grader.grade(submission_with(one, other))
    assert lost_tasks(verdict) == {one.task}
    (slug,) = slugs_of(verdict)[one.task]
    assert set(slug.split("+")) == {one.slug, other.slug}
    hint = next(check.hint for check in checks_of(verdict).values() if check.misconception)
    assert hint.startswith("Several mistakes at once.")
    assert one.title in hint
    assert other.title in hint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BY_SLUG[one], BY_SLUG[other])
        for one, other in (
            ("sigmoid-for-relu", "no-half"),
            ("no-first-bias", "regularization-in-bias-gradients"),
            ("no-relu", "mask-upside-down"),
            ("softmax-in-scores", "labels-not-taken-off"),
            ("relu-on-scores", "lowest-score"),
            ("loss-is-a-sum", "gradients-divided-twice"),
            ("softmax-over-batch", "relu-of-the-gradient"),
            ("hinge-loss", "step-uphill"),
            ("gradients-uphill", "batches-in-order"),
            ("labels-drawn-apart", "rate-decays-every-step"),
            ("last-row-missing", "no-learning-rate"),
            ("weights-only", "decay-for-rate"),
            ("stale-gradient", "decay-subtracted"),
            ("sign-for-gradient", "decay-over-time"),
            ("momentum-uphill", "divided-by-decay"),
            ("step-is-lost", "best-example-of-each-class"),
            ("leaky-relu", "rate-never-decays"),
        )
    ],
    ids=lambda mistake: mistake.slug,
)
def test_mistakes_in_two_tasks_cost_these_two(grader, one, other):
    verdict = grader.grade(submission_with(one, other))
    assert lost_tasks(verdict) == {one.task, other.task}
    assert slugs_of(verdict) == {one.task: {one.slug}, other.task: {other.slug}}


def test_mistake_in_every_task_at_once(grader):
    slugs = (
        *("bias-after-relu", "no-log", "bias-before-mask", "one-row-repeated"),
        *("learning-rate-squared", "decay-once", "labels-from-one"),
    )
    verdict = grader.grade(submission_with(*(BY_SLUG[slug] for slug in slugs)))
    assert slugs_of(verdict) == {BY_SLUG[slug].task: {slug} for slug in slugs}


@by_slug(
    [
        BY_SLUG[slug]
        for slug in (
            *("no-relu", "no-log", "no-relu-on-the-way-back", "first-rows-always"),
            *("step-uphill", "decay-from-one", "scores-for-labels"),
        )
    ]
)
def test_training_on_images_counts_against_the_mistaken_task_alone(grader_with_images, mistake):
    verdict = grader_with_images.grade(submission_with(mistake))
    assert lost_tasks(verdict, on_images=True) == {mistake.task}


def test_edits_of_one_stage_combine():
    text = text_with(BY_SLUG["no-relu"], BY_SLUG["no-second-bias"])
    assert "hidden = before\n" in text
    assert 'scores = hidden @ params["W2"]\n' in text


def test_edits_of_the_same_place_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        text_with(BY_SLUG["no-relu"], BY_SLUG["tanh-for-relu"])


def test_half_of_a_mistake_says_which_half():
    half = BY_SLUG["gradients-uphill"].only_for(("W1", "b1"), "gradient")
    assert half.slug == "gradients-uphill-for-W1-b1"
    assert "only the gradient of W1 and b1" in half.advice
    assert together((half, BY_SLUG["no-half"])).slug == f"{half.slug}+no-half"


def test_file_gives_stage_slug_and_edits():
    text = '[step.slow]\ntitle = "a"\nwhat = "b"\nlook_at = "c"\nquestion = "d"\nedit = ["e", "f"]'
    (mistake,) = read_mistakes(text, "T#9")
    assert (mistake.slug, mistake.task, mistake.stage) == ("slow", "T#9", "step")
    assert mistake.edits == (("e", "f"),)
    assert mistake.stage in FUNCTION_NAMES
