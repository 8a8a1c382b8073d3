"""`python -m tools.dev.bench`: one BLAS thread before numpy is loaded, then the measuring."""

from __future__ import annotations

import os

from tools.common.machine import ONE_BLAS_THREAD


def main() -> None:
    """Set the environment and run."""
    os.environ.update(ONE_BLAS_THREAD)
    from tools.dev.bench.run import main as run

    run()


if __name__ == "__main__":
    main()
