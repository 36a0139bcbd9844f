# Liên Thông. `make` prints what there is. Everything lives in .venv and var; nothing is installed system-wide,
# except Debian's mariadb-server by `make test` and the peers by `make bench`, when root runs them and they are missing.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# Tests of the part named by T (a path, or `-k words`); J processes at once.
T ?= tests
J ?= 2
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"
PACKAGES := adapters catalog security gateway

.PHONY: help setup setup-dev run demo-calls test test-mysql check format format-check lint types imports bench docs \
	lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.stamp-run ## the environment that runs the platform, in .venv

setup-dev: .venv/.stamp-dev ## the environment that also tests it

run: setup ## the whole platform with a demo province on 127.0.0.1:8000 (LIENTHONG_PORT); Ctrl-C ends it
	@exec $(BIN)/lienthong demo

demo-calls: setup ## every sample call of the demo province against the running platform
	@exec $(BIN)/lienthong demo-calls

test: setup-dev test-mysql ## all tests on real SQLite, PostgreSQL and Redis; `make test T=tests/catalog` for a part
	@$(BIN)/python -m pytest -q -n $(J) --dist loadgroup $(T)

# The MySQL adapter is tested against Debian's MariaDB: no wheel carries a server.
test-mysql:
	@command -v mariadbd >/dev/null || test -x /usr/sbin/mariadbd || { \
	  if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing mariadb-server for the tests of the MySQL adapter."; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq install -y --no-install-recommends mariadb-server >/dev/null; \
	  else \
	    echo "The tests of the MySQL adapter need MariaDB: sudo apt-get install mariadb-server"; exit 1; \
	  fi; }

check: format-check lint types imports test ## what must pass before a commit: format, lint, types, imports, tests

format: setup-dev ## lay out the code and sort its imports
	@$(BIN)/ruff check -q --select I --fix . && $(BIN)/ruff format -q .

format-check: setup-dev
	@$(BIN)/ruff format -q --check . || { echo "Not laid out: run make format"; exit 1; }

lint: setup-dev ## ruff
	@$(BIN)/ruff check .

types: setup-dev ## mypy --strict
	@$(BIN)/mypy $(PACKAGES)

imports: setup-dev ## the bricks keep apart (import-linter)
	@$(BIN)/lint-imports

bench: setup-dev ## the gateway beside nginx, HAProxy and Envoy; writes docs/performance.md
	@$(BIN)/python bench/run.py

docs: setup-dev ## write the generated parts of docs/
	@$(BIN)/python docs/write.py

lock: .venv/.stamp-bootstrap ## newest versions into the three requirement files; read the diff
	$(LOCK) --upgrade --group pyproject.toml:bootstrap -o requirements-bootstrap.lock
	$(LOCK) --upgrade --group pyproject.toml:bench -o bench/requirements.lock
	$(LOCK) --upgrade pyproject.toml --group dev -o requirements-dev.lock
	$(LOCK) --upgrade pyproject.toml -c requirements-dev.lock -o requirements.lock

clean: ## remove the environment and what tools left; the data in var stays
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment, step by step; a stamp says which lock file a step was done for ---------------------------

.venv/.stamp-bootstrap: requirements-bootstrap.lock
	@command -v $(PYTHON) >/dev/null \
	  || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$$($(PYTHON) --version) is too old, 3.11 or newer is needed: make PYTHON=python3.11 …, or apt-get install python3 python3-venv on Debian 12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

# uv does not read pip's configuration: where the registry is reached only through that, pip itself installs.
# Compiled at once: processes start in a second or two also where nobody may write beside the sources.
INSTALL = $(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) \
	|| $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1)
OURSELVES = $(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation --offline -e .

.venv/.stamp-run: .venv/.stamp-bootstrap requirements.lock pyproject.toml
	@echo "Making the environment in .venv (once)."
	@$(call INSTALL,requirements.lock)
	@$(OURSELVES)
	@touch $@

.venv/.stamp-dev: .venv/.stamp-run requirements-dev.lock
	@$(call INSTALL,requirements-dev.lock)
	@touch $@
