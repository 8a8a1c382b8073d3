"""Right submissions lose nothing, however they are written; deviations what they are worth."""

from __future__ import annotations

import pytest

from grader.engine.verdict import Judged
from tests.grader.judging import ON_IMAGES, WITHOUT_TUNING, checks_of, lost_tasks, slugs_of
from tools.dev.variants import DEVIATING, RIGHT, Variant


def by_name(variants):
    return pytest.mark.parametrize("variant", variants, ids=lambda variant: variant.name)


@by_name(RIGHT)
def test_right_variant_loses_nothing(grader, variant, rubric):
    verdict = grader.grade(variant.submission)
    checks = [
        check
        for check in checks_of(verdict).values()
        if check.task in WITHOUT_TUNING and check.id not in ON_IMAGES
    ]
    assert {check.id: check.judged for check in checks} == {
        check.id: Judged.RIGHT for check in checks
    }, [check.message for check in checks if check.judged is not Judged.RIGHT]
    assert slugs_of(verdict) == {}
    if variant.sentence:
        sentence = rubric.deviations[variant.sentence].sentence
        assert any(sentence in check.message for check in checks)


@by_name(DEVIATING)
def test_deviation_costs_its_worth_in_its_task(grader, variant, rubric):
    deviation = rubric.deviations[variant.sentence]
    verdict = grader.grade(variant.submission)
    checks = checks_of(verdict).values()
    noted = [check for check in checks if deviation.sentence in check.message]
    assert noted
    for check in noted:
        assert check.score == pytest.approx(check.max_score * deviation.worth)
    assert lost_tasks(verdict) == variant.loses
    assert slugs_of(verdict) == {}


@by_name([one for one in RIGHT if one.name in ("reference", "momentum", "nesterov", "permutation")])
def test_right_variant_learns_from_images(grader_with_images, variant):
    verdict = grader_with_images.grade(variant.submission)
    assert lost_tasks(verdict, on_images=True) == set()


def test_best_parameters_put_back_hide_no_step(grader):
    variant = Variant(
        "best-put-back",
        swaps=(
            (
                "        loss_history, train_acc",
                "        best = -1\n        loss_history, train_acc",
            ),
            (
                "                # T#10: an epoch",
                "                if val_acc_history[-1] > best:\n"
                "                    best = val_acc_history[-1]\n"
                "                    kept = {k: v.copy() for k, v in self.params.items()}\n"
                "                # T#10: an epoch",
            ),
            ("        return {\n", "        self.params = kept\n        return {\n"),
        ),
    )
    checks = checks_of(grader.grade(variant.submission))
    # The toy points are all right long before their loss is low, and those parameters are kept.
    assert {one.id for one in checks.values() if one.judged is not Judged.RIGHT} == {
        *("step-toy", "tuning-validation", "tuning-test", *ON_IMAGES)
    }
