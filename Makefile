# Everything starts with make: it makes .venv, installs what constraints.txt pins (each file
# checked against its hash in requirements/), and goes on.
# PYTHON=... chooses the interpreter (3.11 or later), ARGS=... goes to the command that is run.

NEWER := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c "$(NEWER)" 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
HASHED := --quiet --require-hashes --only-binary :all: -r requirements
STACK ?= local
export STACK

.DELETE_ON_ERROR:
.PHONY: help install demo test check bench test-faults test-nightly simulate pins clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/runtime ## Install Baton and all it needs into .venv

demo: .venv/runtime ## See all of it run: a real sample, then a live feed (ARGS=--once: only the sample)
	@$(BIN)/baton demo $(ARGS)

test: .venv/dev ## Run the tests (STACK=containers: on Kafka and ClickHouse containers; ARGS=... for pytest)
	@$(BIN)/pytest -m "not faults" -n 2 --dist loadfile $(ARGS)

check: .venv/dev ## Run the linters, the type checker and the checks of imports and sizes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit/test_sizes.py

bench: .venv/dev ## Measure the worker against what one would write otherwise
	@$(BIN)/python -m tests.benchmarks $(ARGS)

test-faults: .venv/dev ## Run the tests that kill, pause and restart processes
	@$(BIN)/pytest -m faults $(ARGS)

test-nightly: .venv/dev ## Run the long versions: 10,000 histories for each property, 30 minutes of schedules
	@BATON_EXAMPLES=10000 $(BIN)/pytest tests/unit/stream --timeout=3600 $(ARGS)
	@$(MAKE) --no-print-directory simulate MINUTES=30

simulate: .venv/dev ## Try worker and sink on made-up faults (SEED=n, KINDS=kill,away, MINUTES=1, ARGS=--help)
	@$(BIN)/python -m tests.simulation --minutes $(or $(MINUTES),1) $(if $(FIRST),--first $(FIRST)) \
	 $(if $(SEED),--seed $(SEED)) $(if $(KINDS),--kinds $(KINDS)) $(ARGS)

pins: .venv/dev ## Write what is installed into constraints.txt, and its hashes into requirements/
	@$(BIN)/python -m pip freeze --all --exclude-editable | grep -v "^pip==" > constraints.txt
	@$(BIN)/python requirements/pins.py
	@cd queries/page && npm install --package-lock-only --omit-lockfile-registry-resolved \
	 --ignore-scripts --no-audit --no-fund --loglevel=error

clean: ## Remove what make and the tools made (not your data in .baton)
	@if [ -x $(BIN)/baton ] && [ -d .baton/demo ]; then BATON_HOME=.baton/demo $(BIN)/baton down; fi
	rm -rf .venv .baton/demo queries/page/vendor build *.egg-info
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@"$(PYTHON)" -c "$(NEWER)" 2>/dev/null || { echo "Baton needs Python 3.11 or later, and\
	 found $(or $(PYTHON),none). Name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@"$(PYTHON)" -c "import ensurepip" 2>/dev/null || { echo "$(PYTHON) lacks the venv module.\
	 On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	"$(PYTHON)" -m venv .venv

.venv/runtime: pyproject.toml requirements/runtime.txt queries/page/package-lock.json | .venv/bin/python
	@echo "Installing Baton into .venv (about 300 MB, once)"
	@$(PIP) $(HASHED)/runtime.txt || { echo "$$OFFLINE"; exit 1; }
	@$(PIP) --quiet --no-build-isolation --no-deps -e .
	@$(BIN)/python -m queries.page.fetch
	@touch $@

.venv/dev: requirements/dev.txt .venv/runtime
	@echo "Installing what the tests need into .venv (about 300 MB, once)"
	@$(PIP) $(HASHED)/dev.txt || { echo "$$OFFLINE"; exit 1; }
	@touch $@

define OFFLINE

Python packages could not be installed; see the message above. Without a network, point pip at an
index or a folder of wheels that has those of constraints.txt (PIP_INDEX_URL, PIP_FIND_LINKS).
endef
export OFFLINE
