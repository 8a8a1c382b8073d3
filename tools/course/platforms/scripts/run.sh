#!/usr/bin/env bash
# Grades one submission in /grade. Where the kit fails, it ends with 1 and leaves no score.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export XDG_CACHE_HOME="$here/cache" OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
if [ -d "$here/kit/mnist" ]; then
  export MNIST_DIR="$here/kit/mnist"
fi
cd "$here/kit"
exec "$here/venv/bin/python" -m tools.course.platforms.run_prairielearn "${GRADE_BASE:-/grade}" DATA
