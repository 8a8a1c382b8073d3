"""Workflows for GitHub Actions, ready to be put in place."""

from __future__ import annotations

from tools.course.platforms.kit import script

# audience -> (script, where it belongs in its repository)
WORKFLOWS = {
    "student": ("github-student.yml", ".github/workflows/checks.yml"),
    "class": ("github-class.yml", ".github/workflows/grade.yml"),
}


def github_workflow(audience: str) -> bytes:
    """The workflow for students' repositories ("student") or the instructors' ("class")."""
    return script(WORKFLOWS[audience][0])
