"""The figures of the published run, as `published.toml` holds them."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def published():
    """Settings and figures of the published run.

    Returns
    -------
    dict
        The tables of `published.toml`; shared by all callers, so not to be changed.
    """
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
