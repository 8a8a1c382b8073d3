"""Every message that the kit raises is explained in some guide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.messages import fixed_words, messages_in
from tests.docs.pages import PROJECT, pages

ROOMS = ("tools", "grader", "mnist_data")
# Shorter stretches say nothing: "is", "of"; what is left of such a message is all that changes.
LEAST_WORDS = 2


def messages() -> dict[str, str]:
    """Place -> fixed words of every message."""
    found = {}
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            for line, text in messages_in(path):
                words = fixed_words(text)
                if len(words.split()) >= LEAST_WORDS:
                    found[f"{path.relative_to(PROJECT)}:{line}: {words}"] = words
    return found


@pytest.fixture(scope="module")
def guides() -> str:
    """All guides as one line, so that a sentence may be broken anywhere."""
    return " ".join(" ".join(page.read_text(encoding="utf-8").split()) for page in pages())


def test_every_message_is_explained(guides: str) -> None:
    found = messages()
    assert len(found) > 100  # else the search for them has broken
    assert [place for place, words in found.items() if words not in guides] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('raise KitError(f"{path}: cannot be had: {why}")', "cannot be had"),
        ('raise click.UsageError("Two of them.")', "Two of them"),
        ('self.fail(f"a b {x} c d e")', "c d e"),
        ('yield f"a {x} is wrong"\nraise MaterialError(problems)', "is wrong"),
        ('problems.append("no such thing")\nraise MaterialError(problems)', "no such thing"),
        ('text = f"found {x}, expected one"', "expected one"),
    ],
)
def test_messages_are_found(code: str, expected: str, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    body = "\n".join(f"    {line}" for line in code.splitlines())
    module.write_text(f"def function(self, x, problems):\n{body}\n")
    assert expected in {fixed_words(text) for _, text in messages_in(module)}


def test_words_between_holes_are_the_fixed_ones() -> None:
    assert fixed_words("\0: not \0, byte \0 is wrong here") == "is wrong here"
