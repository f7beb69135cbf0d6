# Everything runs in .venv, made here from the locked dependencies. Needs Python 3.11 or later and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

.PHONY: help demo screenshots test test-served test-judged test-whole lint check format bench soak lock clean
help:
	@echo "make demo    a simulated plant, alive, with its pages (DEMO='--for 60s --headless' for a script)"
	@echo "make test    all tests (those that need a server skip by name where it is missing)"
	@echo "make check   format, lint, types, arrows, fast tests"
	@echo "make screenshots  the pictures of the docs, from a demo, by Chromium"
	@echo "make bench   measured numbers, as ratios to a floor of the same run"
	@echo "make soak    kill, restart and cut for an hour, 200 chaotic worlds, memory (SOAK_MINUTES=60 CHAOS_SEEDS=200)"

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)
	$(BIN)/haccpline demo $(DEMO)

screenshots: $(READY)
	$(BIN)/python docs/make_screenshots.py

# Three parts beside each other: two mostly wait, for servers, browsers, kills and outages; one computes.
SERVED := tests/dashboards tests/gateway tests/ingest tests/simulators tests/benchmarks

test: $(READY)
	@$(MAKE) --no-print-directory --jobs=3 --keep-going test-served test-judged test-whole

test-served: $(READY)
	$(BIN)/python -m pytest $(SERVED)

test-judged: $(READY)
	$(BIN)/python -m pytest --ignore=tests/haccpline $(SERVED:%=--ignore=%)

test-whole: $(READY)
	$(BIN)/python -m pytest tests/haccpline

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q -m "not slow and not server"

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

bench: $(READY)
	$(BIN)/python -m benchmarks

soak: $(READY)
	$(BIN)/python -m benchmarks.soak --minutes $(or $(SOAK_MINUTES),60)
	$(BIN)/python -m benchmarks.chaos --seeds $(or $(CHAOS_SEEDS),200)
	$(BIN)/python -m benchmarks.memory_flat --minutes $(or $(SOAK_MINUTES),60)

lock:
	uv pip compile --quiet --python-version 3.11 --extra dev --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
