"""Measures what the kit claims, beside what an instructor would use instead.

`python -m tools.dev.bench` needs nothing but the kit; `--peers` adds other graders and libraries,
each in an environment of its own below `build/bench/`.
"""
