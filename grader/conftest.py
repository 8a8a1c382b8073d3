"""`pytest grader/` judges submissions; see `grader.engine.plugin`."""

import pytest

from grader.engine.plugin import PLUGIN, add_options, register


def pytest_addoption(parser):
    """Declare which submissions are judged, and how."""
    add_options(parser)


def pytest_configure(config):
    """Put the grader into this run."""
    register(config)


@pytest.fixture(scope="session")
def evidence(request):
    """What was observed of one submission, beside the reference's answers."""
    return request.config.pluginmanager.getplugin(PLUGIN).evidence_of(request.param)
