"""Whatever stands in a rubric: a rubric, or one error with every mistake in it."""

from __future__ import annotations

import copy
import json
import math
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.engine.rubric import load_rubric
from grader.errors import MaterialError
from grader.two_layer_net import LAB

OPTIONAL = ("questions", "modules")
RIGHT: dict[str, Any] = {
    key: value
    for key, value in tomllib.loads(LAB.rubric_path.read_text(encoding="utf-8")).items()
    if key not in OPTIONAL
}
CHECKS = LAB.checks_by_task()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = TEXTS | st.sampled_from(
    [*RIGHT, *CHECKS, *OPTIONAL, "late", "worth", "sentence", "mnist", "a.b"]
)
PLAIN = (
    st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])  # no float
    | st.floats()
    | TEXTS
    | st.dates(min_value=date(1000, 1, 1))
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
# What no key of a rubric takes.
WRONG = st.sampled_from([True, "five", [], math.nan, math.inf, -1.0, 10**400, date(2026, 1, 1)])


def keys_in(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of a table and of those in it, as the way to it from the root."""
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from keys_in(value, (*above, key))


KEYS = list(keys_in(RIGHT))
SOME_KEYS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=5, unique=True)


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every case writes its rubric."""
    return tmp_path_factory.mktemp("rubric") / "rubric.toml"


def problems_of(path: Path, content: bytes) -> tuple[str, ...]:
    """What is said of a rubric; nothing of a right one, and never another error."""
    path.write_bytes(content)
    problems = None
    try:
        load_rubric(LAB, path)
    except MaterialError as error:
        problems = error.problems
    assert problems is None or all(told.startswith("rubric.toml: ") for told in problems)
    assert problems != ()  # an error without a mistake
    return problems or ()


def test_the_rubric_written_by_this_test_is_right(path):
    assert problems_of(path, toml_file(RIGHT)) == ()


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_table_is_a_list_of_mistakes_and_nothing_worse(path, table):
    assert problems_of(path, toml_file(table))


@given(st.sampled_from(KEYS), VALUES)
@example(("limits", "load_s"), 10**400)
def test_any_value_in_place_of_a_right_one_is_taken_or_told(path, key, value):
    problems_of(path, toml_file(changed({key: value})))


@given(VALUES)
@example(5)
@example([])
def test_any_table_of_lateness_is_taken_or_told(path, value):
    problems_of(path, toml_file(RIGHT | {"late": value}))


@given(st.binary(max_size=200) | TEXTS.map(str.encode))
@example(b"a = " + b"[" * 5_000)
@example(b"a = " + b"9" * 5_000)
@example(b"limits = 0x" + b"9" * 5_000)  # a number that Python reads and does not print
@example(b"a = " + b"{b = " * 5_000)
def test_any_bytes_are_a_list_of_mistakes_and_nothing_worse(path, content):
    assert problems_of(path, content)


@given(SOME_KEYS)
def test_every_key_that_is_missing_is_named(path, missing):
    problems = problems_of(path, toml_file(without(missing)))
    for key in outermost(missing):
        assert any(p.endswith(": is missing") and key[-1] in p for p in problems), (key, problems)


@given(SOME_KEYS, WRONG)
def test_every_key_with_a_wrong_value_is_named(path, keys, value):
    keys = [key for key in outermost(keys) if not (key[-1] == "sentence" and value == "five")]
    problems = problems_of(path, toml_file(changed(dict.fromkeys(keys, value))))
    for key in keys:
        assert any(key[-1] in problem for problem in problems), (key, problems)


@given(SOME_KEYS, st.from_regex(r"[a-z]{1,6}-[0-9]", fullmatch=True))
def test_every_key_that_nobody_knows_is_named(path, tables, name):
    """Points of a task included: a check that is not there would never be judged."""
    tables = [key for key in outermost(tables) if isinstance(at(RIGHT, key), dict)]
    problems = problems_of(path, toml_file(changed({(*key, name): 1 for key in tables})))
    for key in tables:
        said = [problem for problem in problems if f"{name}: is not known" in problem]
        assert any(key[-1] in problem for problem in said), (key, problems)


def outermost(keys: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Those that lie in no other."""
    return [key for key in keys if not any(key[:n] in keys for n in range(1, len(key)))]


def at(table: Any, key: tuple[str, ...]) -> Any:
    """The value that a key leads to."""
    for part in key:
        table = table[part]
    return table


def changed(values: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    """The right rubric with other values."""
    table = copy.deepcopy(RIGHT)
    for key, value in values.items():
        at(table, key[:-1])[key[-1]] = value
    return table


def without(keys: list[tuple[str, ...]]) -> dict[str, Any]:
    """The right rubric without some keys."""
    table = copy.deepcopy(RIGHT)
    for key in outermost(keys):
        del at(table, key[:-1])[key[-1]]
    return table


def toml_file(table: dict[str, Any]) -> bytes:
    """A rubric with a line for each key of the root."""
    return "".join(f"{quoted(key)} = {toml(value)}\n" for key, value in table.items()).encode()


def toml(value: Any) -> str:
    """A value in TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return quoted(value) if isinstance(value, str) else value.isoformat()


def quoted(text: str) -> str:
    """A text in TOML: JSON's form, and DEL escaped as well."""
    return json.dumps(text).replace("\x7f", "\\u007f") if text.isascii() else _unicode(text)


def _unicode(text: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'


def test_what_is_optional_has_a_default(path):
    path.write_bytes(toml_file(RIGHT))
    rubric = load_rubric(LAB, path)
    assert (rubric.seed, rubric.modules) == (None, ())
    given = {"questions": {"seed": 2**63 - 1}, "modules": {"allowed": ["scipy.special"]}}
    path.write_bytes(toml_file(RIGHT | given))
    rubric = load_rubric(LAB, path)
    assert (rubric.seed, rubric.modules) == (2**63 - 1, ("scipy.special",))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"questions": {"seed": -1}}, "questions.seed: found -1, expected a whole number, 0 or"),
        ({"questions": {"seed": 2**63}}, "questions.seed: found 9223372036854775808, expected"),
        ({"questions": {"seed": True}}, "questions.seed: found True, expected"),
        ({"questions": {"sed": 1}}, "questions.sed: is not known; did you mean 'seed'?"),
        ({"modules": {"allowed": "scipy"}}, "modules.allowed: found 'scipy', expected a list of"),
        ({"modules": {"allowed": ["os; x"]}}, "modules.allowed: found ['os; x'], expected a list"),
        ({"modules": {"allow": []}}, "modules.allow: is not known; did you mean 'allowed'?"),
        ({"modules": 3}, "modules: found 3, expected a table"),
    ],
)
def test_mistakes_in_what_is_optional_are_told(path, table, told):
    (problem,) = problems_of(path, toml_file(RIGHT | table))
    assert problem.startswith(f"rubric.toml: {told}")


def test_thresholds_of_other_trainings_are_refused(path):
    """A threshold says nothing about a training that it was not measured with."""
    rubric = copy.deepcopy(RIGHT)
    assert len(rubric["training"]["questions"]) == 16
    rubric["training"]["questions"] = "0123456789abcdef"
    path.write_bytes(toml_file(rubric))
    with pytest.raises(MaterialError, match="measured with other trainings"):
        load_rubric(LAB, path)
