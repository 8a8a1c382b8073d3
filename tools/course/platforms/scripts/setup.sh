#!/usr/bin/env bash
# Runs once, as root, while Gradescope builds the image: Python, the packages, the data.
set -euo pipefail
base=${AUTOGRADER_BASE:-/autograder}
kit="$base/source/kit"

usable() { # a Python that is new enough and can make environments
  command -v "$1" >/dev/null &&
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

choose_python() {
  for name in python3 python3.13 python3.12 python3.11; do
    if usable "$name"; then echo "$name"; return; fi
  done
  apt-get update -qq >&2
  for name in python3.13 python3.12 python3.11; do
    apt-get install -qq -y "$name" "$name-venv" >&2 || continue
    if usable "$name"; then echo "$name"; return; fi
  done
  echo "setup.sh: no Python 3.11 or newer to be had; choose a newer base image" >&2
  return 1
}

python=$(choose_python)
"$python" -m venv "$base/venv"
"$base/venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$kit"

if [ ! -d "$base/source/mnist" ]; then
  XDG_CACHE_HOME="$base/cache" "$base/venv/bin/nnlab" data make --quiet
fi
# The reference and the results are nobody's business but root's; run_autograder runs as root.
chmod -R go-rwx "$base/source"
