# Liên Thông. `make` prints what there is. Everything lives in .venv and var; nothing is installed system-wide,
# except Debian's mariadb-server, chromium and SOAP clients (PHP, Java, node) by `make test`, and the peers by `make bench`, when
# root runs them and they are missing.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# Tests of the part named by T (a path, or `-k words`); J processes at once: tests wait too, and with three processes two
# cores rest for a sixth of the time, with four for a hundredth.
T ?= tests
J ?= 4
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"
# Hundreds of processes are started: none of them compiles what another has compiled, whatever somebody's shell says.
unexport PYTHONDONTWRITEBYTECODE
PACKAGES := adapters catalog security gateway

.PHONY: help setup setup-dev run demo-calls test test-mysql test-clients test-browser test-siem check format format-check lint types imports \
	bench docs lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.stamp-run ## the environment that runs the platform, in .venv

setup-dev: .venv/.stamp-dev ## the environment that also tests it

run: setup ## the whole platform with a demo province on 127.0.0.1:8000 (LIENTHONG_PORT); Ctrl-C ends it
	@exec $(BIN)/lienthong demo

demo-calls: setup ## every sample call of the demo province against the running platform
	@exec $(BIN)/lienthong demo-calls

test: setup-dev test-mysql test-clients test-browser test-siem ## all tests on real SQLite, PostgreSQL and Redis; `make test T=tests/catalog` for a part
	@$(BIN)/python -m pytest -q -n $(J) --dist loadgroup $(T)

# The MySQL adapter is tested against Debian's MariaDB: no wheel carries a server.
test-mysql:
	@command -v mariadbd >/dev/null || test -x /usr/sbin/mariadbd || { \
	  if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing mariadb-server for the tests of the MySQL adapter."; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq install -y --no-install-recommends mariadb-server >/dev/null \
	      || echo "It could not be installed: its tests will say so."; \
	  else \
	    echo "The tests of the MySQL adapter will fail without MariaDB: sudo apt-get install mariadb-server"; \
	  fi; }

# The console is tested in a real Chromium: no wheel carries one.
test-browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || test -n "$$LIENTHONG_TEST_CHROMIUM" || { \
	  if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the tests of the console."; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq install -y --no-install-recommends chromium >/dev/null \
	      || echo "It could not be installed: its tests will say so."; \
	  else \
	    echo "The tests of the console will fail without Chromium: sudo apt-get install chromium"; \
	  fi; }

# The stream to a SIEM is tested with Debian's rsyslog and syslog-ng. They refuse to be installed beside each other, and a
# machine's own syslog is left alone: both are unpacked into .venv/siem.
SIEM_PACKAGES := rsyslog rsyslog-openssl libestr0 libfastjson4 liblognorm5 syslog-ng-core libivykis0 libjson-c5 libnet1 \
	libwrap0 libpcre3 libglib2.0-0
test-siem: .venv/.stamp-siem
.venv/.stamp-siem: .venv/.stamp-bootstrap
	@if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	  echo "Unpacking rsyslog and syslog-ng for the tests of the stream to a SIEM."; \
	  rm -rf .venv/siem && mkdir -p .venv/siem/packages && cd .venv/siem/packages && apt-get -qq update \
	    && apt-get -qq -o APT::Sandbox::User=root download $(SIEM_PACKAGES) >/dev/null \
	    && for one in *.deb; do dpkg-deb -x $$one ..; done && touch ../../.stamp-siem \
	    || echo "They could not be had: their tests will say so."; \
	else \
	  echo "Tests of the stream to a SIEM will fail without rsyslog and syslog-ng: sudo make test-siem, on Debian"; \
	fi

# The SOAP door is tested with the clients that callers have: PHP's, Java's and node's are in no wheel.
CLIENT_PACKAGES := php-cli php-soap libjaxws-java $(if $(shell command -v javac),,default-jdk-headless) \
	$(if $(shell command -v npm),,nodejs npm)
test-clients: .venv/.stamp-clients
.venv/.stamp-clients: tests/clients/package-lock.json .venv/.stamp-bootstrap
	@php -r 'exit(class_exists("SoapClient") ? 0 : 1);' 2>/dev/null \
	  && command -v javac >/dev/null && command -v npm >/dev/null && test -e /usr/share/java/jaxws-ri-runtime.jar || { \
	  if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing $(CLIENT_PACKAGES) for the tests of the SOAP door."; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq install -y --no-install-recommends $(CLIENT_PACKAGES) >/dev/null \
	      || echo "They could not be installed: their tests will say so."; \
	  else \
	    echo "Tests of the SOAP door will fail without its clients: sudo apt-get install $(CLIENT_PACKAGES)"; \
	  fi; }
	@mkdir -p .venv/clients && cp tests/clients/package.json tests/clients/package-lock.json .venv/clients/
	@if npm ci --silent --no-audit --no-fund --ignore-scripts --prefix .venv/clients; then touch $@; \
	  else echo "node's soap could not be installed from the package registry: its tests will say so."; fi

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
