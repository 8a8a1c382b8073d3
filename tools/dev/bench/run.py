"""`make bench` and `make bench-peers`: measure, print, write bench-results.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.dev.bench.images import measure_images, measure_reference
from tools.dev.bench.machine import describe
from tools.dev.bench.overhead import measure_overhead
from tools.dev.bench.training import measure_training

RESULTS = Path("bench-results.json")


def main() -> None:
    """Run what was asked for; what an earlier run found of the rest stays in the file."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure other graders as well")
    parser.add_argument("--count", type=int, default=50, help="submissions (default: 50)")
    parser.add_argument("--quick", action="store_true", help="few submissions, to try it out")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--only", action="append", help="one section alone; may be repeated")
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    for name, section in _sections(options.peers, options.quick, options.count).items():
        if options.only and name not in options.only:
            continue
        print(f"{name} ...", flush=True)
        results[name] = section() | {"machine": describe()}
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        _print(results[name])


def _sections(peers: bool, quick: bool, count: int) -> dict[str, Callable[[], dict[str, Any]]]:
    count, rounds = (10, 1) if quick else (count, 4)
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "overhead": lambda: measure_overhead(count, rounds, toy_only=False),
        "toy": lambda: measure_overhead(count, 1 if quick else 2, toy_only=True),
        "reference": lambda: measure_reference(5 if quick else 50),
        "images": lambda: measure_images(1 if quick else 9),
        "training": lambda: measure_training(3 if quick else 9),
    }
    if peers:
        from tools.dev.bench.peers.compare import compare, release_times
        from tools.dev.bench.peers.environments import python_of, versions_of
        from tools.dev.bench.peers.faults import face_all

        sections["faults"] = face_all
        sections["side by side"] = lambda: compare(count)
        sections["training"] = lambda: (
            measure_training(3 if quick else 9, python_of("training"))
            | {"versions": versions_of("training")}
        )
        sections["release"] = lambda: release_times(1 if quick else 3)
    return sections


def _print(table: dict[str, Any], indent: str = "  ") -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            _print(value, indent + "  ")
        else:
            print(f"{indent}{key}: {value}")
