"""What a submission of a lab consists of: the names of its files and of its class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SubmissionFormat:
    """The files that a lab asks for."""

    package: str  # folder and import name of the package that holds the class
    source: str  # file name of the module with the class
    class_name: str
    stub_tasks: tuple[str, ...]  # tasks whose stubs the released source raises
    notebook: str = ""  # file name; "" if the lab has none
    saved: tuple[str, ...] = ()  # file names of a saved result, the preferred name first
    saved_also: tuple[str, ...] = ()  # other names that students give it
    saved_title: str = "saved file"  # as findings call it
    # Modules that the release hands out: a word in the source -> (root, patterns of files).
    given: Mapping[str, tuple[Path, tuple[str, ...]]] = field(default_factory=dict)
    stand_in: str = ""  # source of a class for submissions whose own cannot be imported

    @property
    def main(self) -> str:
        """Import name of the module with the class."""
        return f"{self.package}.{self.source.removesuffix('.py')}"
