"""Names what is wrong with the gradients of T#7, each parameter on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.engine.compare import relative_error
from grader.engine.question import Questions
from grader.lab.functional import RIGHT, NetworkFunctions
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import (
    CASES,
    Arrays,
    Mistakes,
    gradients_of,
    only_one_example,
    pairs,
    params_of,
    rounded,
    same,
    singles,
    stages_of,
)
from grader.lab.questions import PARAMS, reg_of

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

_LAST_FIRST = ("gradients", "reg_gradients", "data_gradients", "dscores_of")
Seen = dict[str, dict[str, np.ndarray]]  # by parameter, then by case


def explain(
    evidence: NetworkEvidence, starts: tuple[NetworkFunctions, ...], own_loss: Mistakes
) -> Mistakes | None:
    """() if the gradients are right, the mistakes that explain them, or None.

    `starts` are the stages that right code may start from; `own_loss` explains the student's loss.
    """
    form = _form(evidence)
    seen = _seen(evidence)
    if not seen or _mostly_stops(evidence):
        return form or None
    best: Mistakes | None = None
    starts = starts or (RIGHT,)
    for start in _all_starts(starts, own_loss):
        # Thousands of pairs, each with slopes of its own, would take minutes.
        twos = pairs("T#7") if start in starts else ()
        found = _by_parts(seen, start, evidence.answers.questions, twos)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    if best is None and not form:
        swapped = _of_other_parameters(seen, starts, evidence.answers.questions)
        return (swapped,) if swapped else None
    if best == () and not form and evidence.drifting:
        return (BY_SLUG["gradients-remembered"],)
    return (*form, *(best or ()))


def _of_other_parameters(
    seen: Seen, starts: tuple[NetworkFunctions, ...], questions: Questions
) -> Mistake | None:
    """Whether wrong gradients are the right ones of other parameters."""
    for start in starts:
        wrong = [name for name in seen if not _matches(seen, start, questions, (name,))]
        pairs_found = {}
        for name in wrong:
            others = [one for one in PARAMS if one != name]
            found = [one for one in others if _matches({one: seen[name]}, start, questions, (one,))]
            if found:
                pairs_found[name] = found[0]
        if wrong and len(pairs_found) == len(wrong):
            told = ", ".join(f"{name} holds that of {one}" for name, one in pairs_found.items())
            return BY_SLUG["gradients-of-other-parameters"].filled(pairs=told)
    return None


def _form(evidence: NetworkEvidence) -> Mistakes:
    """What is wrong with the container of the gradients."""
    found = evidence.observations.by_question.get("loss/small")
    if found is None:
        return ()
    kinds = found.values.get("kinds", {})
    returned = kinds.get("returned", {})
    if returned and returned.get("shape") != [2]:
        kind, shape = returned.get("type"), returned.get("shape", [0])
        said = f"a tuple of length {shape[0]}" if kind == "tuple" else f"one {kind}"
        return (BY_SLUG["loss-returns-no-pair"].filled(returned=said),)
    kind = kinds.get("grads", {}).get("type")
    if kind is None:
        return ()
    if kind != "dict":
        return (BY_SLUG["gradients-not-in-a-dict"].filled(kind=kind),)
    keys = found.values.get("grads_keys", [])
    missing = [name for name in PARAMS if name not in keys]
    if missing:
        named = {"missing": ", ".join(missing), "keys": ", ".join(keys) or "none"}
        return (BY_SLUG["gradient-keys-missing"].filled(**named),)
    empty = [name for name in PARAMS if f"grads/{name}" not in found.arrays]
    return (BY_SLUG["gradient-is-nothing"].filled(missing=", ".join(empty)),) if empty else ()


def _mostly_stops(evidence: NetworkEvidence) -> bool:
    """Whether more cases end with an error than give gradients: the error says more."""
    found = [evidence.observations.by_question.get(f"loss/{case}") for case in CASES]
    return 2 * sum(bool(one and one.error) for one in found) > len(CASES)


def _seen(evidence: NetworkEvidence) -> Seen:
    seen: Seen = {}
    for name in PARAMS:
        found = {case: evidence.array(f"loss/{case}", f"grads/{name}") for case in CASES}
        arrays = {case: array for case, array in found.items() if array is not None}
        if arrays:
            seen[name] = arrays
    return seen


def _all_starts(
    starts: tuple[NetworkFunctions, ...], own_loss: Mistakes
) -> Iterator[NetworkFunctions]:
    """The starts, and each with the slopes of the student's own loss."""
    yield from starts
    mistaken = {one.stage for one in own_loss if one.stage in ("data_loss", "reg_loss")}
    if mistaken:
        own = stages_of(tuple(one for one in own_loss if one.stage in mistaken))
        slopes: dict[str, Callable[..., Any]] = {}
        if "data_loss" in mistaken:
            slopes["dscores_of"] = _slope_of_data(own.data_loss)
        if "reg_loss" in mistaken:
            slopes["reg_gradients"] = _slope_of_reg(own.reg_loss)
        for start in starts:
            yield replace(start, **slopes)


@cache
def _slope_of_data(data_loss: Callable[..., float]) -> Callable[..., np.ndarray]:
    """The numerical gradient of a data loss on the scores."""
    return lambda scores, y: _slope(lambda moved: data_loss(moved, y), scores)


@cache
def _slope_of_reg(reg_loss: Callable[..., float]) -> Callable[..., dict[str, np.ndarray]]:
    """The numerical gradients of a regularizer."""

    def reg_gradients(params: Arrays, reg: float, N: int) -> dict[str, np.ndarray]:
        def loss_at(name: str, moved: np.ndarray) -> float:
            return reg_loss({**params, name: moved}, reg, N)

        return {name: _slope(partial(loss_at, name), params[name]) for name in PARAMS}

    return reg_gradients


def _slope(function: Callable[[np.ndarray], float], at: np.ndarray, h: float = 1e-5) -> np.ndarray:
    at, slope = at.astype(np.float64), np.zeros(at.shape)
    for index in np.ndindex(at.shape):
        ends = []
        for step in (-h, h):
            moved = at.copy()
            moved[index] += step
            ends.append(function(moved))
        slope[index] = (ends[1] - ends[0]) / (2 * h)
    return slope


def _by_parts(
    seen: Seen, start: NetworkFunctions, questions: Questions, candidate_twos: tuple[Mistakes, ...]
) -> Mistakes | None:
    """One mistake for all four gradients, or else one for each part of them."""
    wrong = [name for name in seen if not _matches(seen, start, questions, (name,))]
    if not wrong:
        return ()
    # A fault in one gradient alone is described best by what happened to it last.
    candidates = sorted(singles("T#7"), key=lambda one: _LAST_FIRST.index(one[0].stage))
    ones = _matching_ones(tuple(candidates), seen, start, questions)
    whole = next((one for one in singles("T#7") if len(ones.get(one, ())) == len(seen)), None)
    if whole is not None:
        return whole
    parted = _cover(wrong, {one: names for one, names in ones.items() if not one[0].whole})
    if parted is not None and sum(len(one) for one in parted.values()) <= 2:
        return _scoped(parted, seen, start, questions)
    twos = _matching_ones(candidate_twos, seen, start, questions)
    for two, names in twos.items():
        if len(names) == len(seen):
            return two
    everything = {
        one: names for one, names in {**ones, **twos}.items() if not any(m.whole for m in one)
    }
    return _rest(wrong, everything, seen, start, questions)


def _rest(
    wrong: list[str],
    found: Mapping[Mistakes, set[str]],
    seen: Seen,
    start: NetworkFunctions,
    questions: Questions,
) -> Mistakes | None:
    """What can be explained of the wrong gradients, with fitted constants for what is left."""
    fitted = {
        name: fault for name in wrong if (fault := _fitted(seen[name], name, start, questions))
    }
    covered = {name for names in found.values() for name in names}
    parted = _cover([name for name in wrong if name in covered], found) or {}
    if not covered & set(wrong):
        parted = {}
    mistakes = list(_scoped(parted, seen, start, questions)) if parted else []
    for name in wrong:
        if name not in covered and name in fitted:
            mistakes.append(fitted[name].only_for([name], "gradient"))
    if not mistakes:
        return _telling(wrong, seen, start, questions)
    return _merged(mistakes, fitted, wrong)


def _telling(
    wrong: list[str], seen: Seen, start: NetworkFunctions, questions: Questions
) -> Mistakes | None:
    """What all wrong gradients have in common where nothing explains them."""
    names, off = set(seen) & set(wrong), {}
    for case in CASES:
        predicted: Mapping[str, Any] = gradients_of(start, questions, case) or {}
        arrays = {name: seen[name][case] for name in names if case in seen[name]}
        if any(np.shape(predicted.get(name, 0)) != array.shape for name, array in arrays.items()):
            return None
        if arrays:
            off[case] = max(
                relative_error(array, predicted[name]) for name, array in arrays.items()
            )
    slug = ""
    if only_one_example(off):
        slug = "gradients-right-for-one-example"
    elif off and all((error <= 1e-5) == (reg_of(case) == 0) for case, error in off.items()):
        slug = "gradients-right-without-regularization"
    elif names <= {"W1", "b1"} and _are_right_for_active_units(seen, start, questions, names):
        slug = "gradients-right-for-active-units"
    if not slug:
        return None
    fault = BY_SLUG[slug]
    return (fault if len(wrong) == len(seen) else fault.only_for(sorted(wrong), "gradient"),)


def _are_right_for_active_units(
    seen: Seen, start: NetworkFunctions, questions: Questions, names: set[str]
) -> bool:
    """Whether only columns of units that some example leaves inactive are wrong."""
    num_active = 0
    for case in CASES:
        arrays, predicted = questions.cases[case].arrays, gradients_of(start, questions, case) or {}
        active = (start.forward(arrays["X"], arrays)[0] > 0).all(axis=0)  # (H,)
        num_active += int(active.sum())
        for name in names:
            array = seen[name].get(case)
            if array is not None and not same(array[..., active], predicted[name][..., active]):
                return False
    return num_active >= 3


def _merged(mistakes: list[Mistake], fitted: Mapping[str, Mistake], wrong: list[str]) -> Mistakes:
    """One mistake if the same constants fit every wrong gradient."""
    titles = {fault.title for fault in fitted.values()}
    if len(titles) == 1 and len(mistakes) > 1 and set(fitted) == set(wrong):
        one = next(iter(fitted.values()))
        return (one if len(wrong) == len(PARAMS) else one.only_for(wrong, "gradient"),)
    return tuple(mistakes)


def _cover(wrong: list[str], found: Mapping[Mistakes, set[str]]) -> dict[Mistakes, Mistakes] | None:
    """The fewest explanations that cover the wrong gradients, each with its names; else None."""
    left, chosen = list(wrong), {}
    while left:
        best = max(found, key=lambda one: (len(set(left) & found[one]), -len(one)), default=None)
        if best is None or not set(left) & found[best]:
            return None
        chosen[best] = tuple(name for name in left if name in found[best])
        left = [name for name in left if name not in found[best]]
    return chosen  # type: ignore[return-value]


def _scoped(
    parted: Mapping[Mistakes, Any], seen: Seen, start: NetworkFunctions, questions: Questions
) -> Mistakes:
    """The mistakes, each limited to its parameters where it would change others as well."""
    mistakes: list[Mistake] = []
    for chosen, names in parted.items():
        for one in chosen:
            reach = _reach((one,), start, questions) & set(seen)
            own = [name for name in names if name in reach] or list(names)
            limited = one if set(own) == reach else one.only_for(own, "gradient")
            if limited not in mistakes:
                mistakes.append(limited)
    return tuple(mistakes)


@lru_cache(maxsize=2_000)
def _reach(mistakes: Mistakes, start: NetworkFunctions, questions: Questions) -> frozenset[str]:
    """Which gradients a mistake changes."""
    stages = stages_of(mistakes, start)
    changed = set()
    for case in ("small", "wide"):
        before, after = (gradients_of(one, questions, case) for one in (start, stages))
        for name in PARAMS:
            if before is None or after is None or not same(np.asarray(before[name]), after[name]):
                changed.add(name)
    return frozenset(changed)


def _matches(
    seen: Seen, stages: NetworkFunctions, questions: Questions, names: tuple[str, ...]
) -> bool:
    return _matching({name: seen[name] for name in names}, stages, questions) == set(names)


def _matching(seen: Seen, stages: NetworkFunctions, questions: Questions) -> set[str]:
    """The gradients that are as predicted in every case."""
    names = set(seen)
    for case in CASES:
        predicted = gradients_of(stages, questions, case)
        for name in tuple(names):
            array = seen[name].get(case)
            if array is not None and (predicted is None or not same(array, predicted.get(name))):
                names.discard(name)
        if not names:
            break
    return names


def _matching_ones(
    candidates: tuple[Mistakes, ...], seen: Seen, start: NetworkFunctions, questions: Questions
) -> dict[Mistakes, set[str]]:
    """The candidates that explain a gradient, with its name; one case rules out most."""
    hopeful: set[int] = set()
    for name, table in _tables(candidates, start, questions).items():
        array = seen.get(name, {}).get("small")
        if array is not None:
            for shape, (rows, values) in table.items():
                if shape == array.shape and values.size:
                    size = np.maximum(np.abs(values).max(axis=1), 1e-8)
                    near = np.abs(values - array.ravel()).max(axis=1) <= 1e-5 * size
                    hopeful |= set(rows[near].tolist())
    found = {
        candidates[at]: _matching(seen, stages_of(candidates[at], start), questions)
        for at in sorted(hopeful)
    }
    return {two: names for two, names in found.items() if names}


@lru_cache(maxsize=40)
def _tables(
    candidates: tuple[Mistakes, ...], start: NetworkFunctions, questions: Questions
) -> dict[str, dict[tuple[int, ...], Any]]:
    """What each candidate gives on the first case: by name and shape, rows and flat values."""
    made: dict[str, dict[tuple[int, ...], list[Any]]] = {name: {} for name in PARAMS}
    for at, two in enumerate(candidates):
        predicted = gradients_of(stages_of(two, start), questions, "small")
        if not predicted:
            continue
        for name in PARAMS:
            array = np.asarray(predicted[name], dtype=np.float64)
            if np.isfinite(array).all():
                made[name].setdefault(array.shape, []).append((at, array.ravel()))
    return {
        name: {
            shape: (np.array([at for at, _ in rows]), np.stack([flat for _, flat in rows]))
            for shape, rows in table.items()
        }
        for name, table in made.items()
    }


def _fitted(
    own: Arrays, name: str, start: NetworkFunctions, questions: Questions
) -> Mistake | None:
    """Factors on both parts of one gradient, or a limit that cuts it off."""
    data, reg, flat = [], [], []
    for case, array in own.items():
        arrays = questions.cases[case].arrays
        right = (gradients_of(start, questions, case) or {}).get(name)
        if right is None or np.shape(right) != array.shape or not np.isfinite(array).all():
            return None
        share = start.reg_gradients(params_of(arrays), reg_of(case), len(arrays["X"]))[name]
        share = np.broadcast_to(share, array.shape)
        data.append((right - share).ravel())
        reg.append(share.ravel())
        flat.append(array.ravel())
    columns, target = (
        np.stack([np.concatenate(data), np.concatenate(reg)], axis=1),
        np.concatenate(flat),
    )
    factors, *_ = np.linalg.lstsq(columns, target, rcond=None)
    if same(target, columns @ factors):
        told = [rounded(round(float(number), 9)) for number in np.ravel(factors)]
        if not columns[:, 1].any():
            told[1] = "1"
        return BY_SLUG["gradient-scaled"].filled(data=told[0], reg=told[1])
    divided = _divided_by(own, data, target - columns[:, 1], questions)
    return divided or _cut(target, columns.sum(axis=1))


def _divided_by(
    own: Arrays, data: list[np.ndarray], rest: np.ndarray, questions: Questions
) -> Mistake | None:
    """A fixed number that the sum over the batch is divided by."""
    sizes = [len(questions.cases[case].arrays["X"]) for case in own]
    sums = np.concatenate([N * part for N, part in zip(sizes, data, strict=True)])
    share = float(rest @ sums / (sums @ sums)) if sums.any() else 0.0
    if not share or not same(rest, share * sums):
        return None
    if rounded(share) == "1":
        return BY_SLUG["gradients-not-divided-by-n"]
    return BY_SLUG["gradients-divided-by-fixed-number"].filled(number=rounded(1 / share))


def _cut(target: np.ndarray, right: np.ndarray) -> Mistake | None:
    """Decimals or a limit that cut a gradient off."""
    for digits in range(6):
        unit = 10.0**-digits
        is_round = np.array_equal(target, np.round(target, digits)) and np.abs(target).max() > unit
        if is_round and np.abs(target - right).max() <= 0.51 * unit:
            return BY_SLUG["gradients-rounded"].filled(digits=digits)
    limit = float(np.abs(target).max())
    if same(target, np.clip(right, -limit, limit)):
        return BY_SLUG["gradients-clipped"].filled(limit=rounded(limit))
    return None
