# One command for each thing a person does here. Everything works on a fresh
# clone with python3, make and the package index, and does not set up twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# One BLAS thread: the published figures and the grader's bytes depend on it.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.PHONY: demo test coverage docs fuzz faults bench bench-peers mutants lint lock clean

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) has no venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the packages of requirements.lock into $(VENV); this takes a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation -e .
	touch $@

demo: $(READY)
	$(BIN)/python -m tools.dev.demo

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# Which lines the tests run. Submissions run in sandboxes that nothing is written from, so the code
# inside them (grader/sandbox/guest, grader/lab/guest) counts only where a test calls it directly.
coverage: $(READY)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --skip-empty

# Write command output and tables into the guides; a test fails while they are stale.
docs: $(READY)
	$(BIN)/python -m tests.docs.examples

# Twenty times as many cases of each property, drawn anew; says how many there were.
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz

# Kills, full disks and long runs by the hundred, where `make test` tries a few of each.
faults: $(READY)
	$(BIN)/python -m tests.faults

bench: $(READY)
	$(BIN)/python -m tools.dev.bench

# The same beside other graders and libraries, which are installed below build/bench; an hour.
bench-peers: $(READY)
	$(BIN)/python -m tools.dev.bench --peers

# Breaks one module in small ways, in a copy, and lists what its tests do not notice, for example
# make mutants MODULE=tools/release/strip.py TESTS=tests/tools/release
MODULE ?= grader/engine/compare.py
TESTS ?= tests/grader/engine/test_compare.py
COSMIC := $(CURDIR)/build/mutants/bin
COPY := build/mutants/copy
mutants: $(READY)
	test -x $(COSMIC)/cosmic-ray || { $(PYTHON) -m venv build/mutants && \
		$(COSMIC)/python -m pip install --quiet 'cosmic-ray>=8.3'; }
	rm -rf $(COPY) && mkdir -p $(COPY) && git archive HEAD | tar -x -C $(COPY)
	printf '[cosmic-ray]\nmodule-path = "%s"\ntimeout = 120\nexcluded-modules = []\n%s\n%s\n' \
		$(MODULE) \
		'test-command = "$(CURDIR)/$(BIN)/python -m pytest -xq -p no:cacheprovider $(TESTS)"' \
		'distributor = {name = "local"}' > $(COPY)/mutants.toml
	cd $(COPY) && $(COSMIC)/cosmic-ray init mutants.toml mutants.sqlite \
		&& $(COSMIC)/cosmic-ray baseline mutants.toml \
		&& $(COSMIC)/cosmic-ray exec mutants.toml mutants.sqlite \
		&& $(COSMIC)/cr-report --surviving-only mutants.sqlite | tail -n 200

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Exact versions and hashes of everything that is installed, for every supported Python.
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	UV_CUSTOM_COMPILE_COMMAND='make lock' build/lock/bin/uv pip compile pyproject.toml \
		--all-extras --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--output-file requirements.lock

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
