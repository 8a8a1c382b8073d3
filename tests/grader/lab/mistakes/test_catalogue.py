"""The catalogue is the grader's own mutation test: each mistake costs its task alone, by name."""

from __future__ import annotations

from itertools import cycle, islice

import pytest

from grader.engine.verdict import Judged
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.mistake import Mistakes
from grader.lab.mistakes.submissions import submission_with, text_with
from tests.grader.judging import checks_of, lost_tasks, slugs_of

ALL = [mistake for mistakes in CATALOGUE.values() for mistake in mistakes]
BY_SLUG = {mistake.slug: mistake for mistake in ALL}


def by_slug(mistakes):
    return pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.slug)


def in_stage(task, name):
    return [one for one in CATALOGUE[task] if one.stage.__name__ == name]


def side_by_side(first, second):
    """Pairs in which every mistake of both lists occurs."""
    count = max(len(first), len(second))
    return list(zip(islice(cycle(first), count), islice(cycle(second), count), strict=True))


def test_catalogue_has_enough_of_every_task():
    least = {"T#5": 12, "T#6": 12, "T#7": 16, "T#8": 9, "T#9": 9, "T#10": 8, "T#11": 5}
    assert {
        task: len(CATALOGUE[task]) >= number for task, number in least.items()
    } == dict.fromkeys(least, True)
    assert len(BY_SLUG) == len(ALL)


@by_slug(ALL)
def test_sentence_and_question_are_whole(mistake):
    assert mistake.sentence[0].isupper()
    assert mistake.sentence.endswith(".")
    assert mistake.question is None or mistake.question.endswith("?")
    assert mistake.advice.startswith(mistake.sentence)


def test_right_submission_loses_nothing(grader):
    verdict = grader.grade(submission_with())
    assert lost_tasks(verdict) == set()
    assert slugs_of(verdict) == {}


@by_slug(ALL)
def test_mistake_costs_its_own_task_alone_and_is_named(grader, mistake):
    verdict = grader.grade(submission_with(mistake))
    assert lost_tasks(verdict) == {mistake.task}
    assert slugs_of(verdict) == {mistake.task: {mistake.slug}}
    assert not verdict.could_not_tell


@by_slug([one for one in ALL if one.carried])
def test_later_task_may_work_on_with_what_the_mistake_left(grader, mistake):
    verdict = grader.grade(submission_with(mistake, carried=True))
    assert lost_tasks(verdict) == {mistake.task}
    assert slugs_of(verdict) == {mistake.task: {mistake.slug}}
    gradients = next(task for task in verdict.tasks if task.task == "T#7")
    assert gradients.judged is Judged.FOLLOW_THROUGH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *side_by_side(in_stage("T#6", "data_loss"), in_stage("T#6", "reg_loss")),
        *side_by_side(in_stage("T#7", "dscores_of"), in_stage("T#7", "backward")),
    ],
    ids=lambda mistake: mistake.slug,
)
def test_two_mistakes_in_one_task_are_named_together(grader, one, other):
    verdict = grader.grade(submission_with(one, other))
    assert lost_tasks(verdict) == {one.task}
    (slug,) = slugs_of(verdict)[one.task]
    assert set(slug.split("+")) == {one.slug, other.slug}
    hint = next(check.hint for check in checks_of(verdict).values() if check.misconception)
    assert hint.startswith("Two things at once.")
    assert one.sentence in hint
    assert other.sentence in hint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BY_SLUG[one], BY_SLUG[other])
        for one, other in (
            ("sigmoid-for-relu", "no-half"),
            ("no-first-bias", "regularisation-in-bias-gradients"),
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


def test_text_of_a_mistake_has_no_decorator():
    text = text_with(BY_SLUG["no-relu"])
    assert "MISTAKES" not in text
    assert text.count("def forward(") == 1


def test_stage_must_bear_the_name_of_one():
    mistakes = Mistakes("T#5")

    def backwards(): ...

    with pytest.raises(AssertionError, match="backwards is no stage"):
        mistakes.add("slug", "Sentence.")(backwards)
    with pytest.raises(AssertionError, match="backwards is no stage"):
        mistakes.carry(backwards)
