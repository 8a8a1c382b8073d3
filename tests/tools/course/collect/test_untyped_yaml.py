from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tools.course.collect.untyped_yaml import read_yaml

TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\ufeff"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:0", max_size=3), inner),
    max_leaves=8,
)


def test_scalars_stay_the_texts_that_they_are():
    text = b":sid: 0070012\n:name: No\n:at: 2026-03-03 05:43:04.180678000 Z\n:none: ~\n"
    assert read_yaml(text) == {
        ":sid": "0070012",
        ":name": "No",
        ":at": "2026-03-03 05:43:04.180678000 Z",
        ":none": "~",
    }


@given(TREES)
def test_yaml_is_read_like_its_untyped_loader(tree):
    data = yaml.safe_dump(tree).encode()
    assert read_yaml(data) == yaml.load(data, yaml.BaseLoader)


def test_tags_make_no_objects_and_aliases_are_shared():
    text = b"a: !!python/object/apply:os.system [x]\nb: &b !ruby/object:Time [1]\nc: *b\n"
    assert read_yaml(text) == {"a": ["x"], "b": ["1"], "c": ["1"]}


def test_lists_and_mappings_as_keys_do_no_harm():
    assert read_yaml(b"? [a, b]\n: c\nd: e\n") == {"?": "c", "d": "e"}


def test_only_the_first_document_counts():
    assert read_yaml(b"a\n---\nb\n") == "a"
    assert read_yaml(b"") is None


@pytest.mark.parametrize(
    "data", [b"[" * 1_000_000, b"- " * 1_000_000, b"{a: " * 500_000, b"? " * 500_000]
)
def test_a_document_nested_too_deeply_is_refused(data):
    """PyYAML has a limit of its own for some of these, and other words for it."""
    with pytest.raises(ValueError, match="nest"):
        read_yaml(data)


@pytest.mark.parametrize(
    "data", [b"{[", b"a: b: c", b"\xff\xfe\x00", b"*nobody", b"\x00", b"\xc3("]
)
def test_what_is_no_yaml_is_refused_or_nothing(data):
    try:
        assert read_yaml(data) is None
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either will do, and nothing else
