"""`pytest grader/` judges submissions; see `grader.engine.plugin`."""

from __future__ import annotations

import pytest

from grader.engine.plugin import PLUGIN, add_options, register
from grader.two_layer_net import LAB


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare which submissions are judged, and how."""
    add_options(parser, LAB)


def pytest_configure(config: pytest.Config) -> None:
    """Put the grader into this run."""
    register(config, LAB)


@pytest.fixture(scope="session")
def evidence(request: pytest.FixtureRequest) -> object:
    """What was observed of one submission, beside the reference's answers."""
    return request.config.pluginmanager.getplugin(PLUGIN).evidence_of(request.param)
