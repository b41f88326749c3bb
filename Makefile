# 邻格 Linge. `make` prints the targets; `make run` and `make test` need nothing but Python 3.11 and make.
PYTHON ?= python3
PROFILE ?= licun
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
OFFLINE := $(wildcard dist/wheels)
PIP_FROM := $(if $(OFFLINE),--no-index --find-links dist/wheels)

.DEFAULT_GOAL := help
.PHONY: help install run test check bench demo-all screenshots bundle clean

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } \
	  || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install -q --disable-pip-version-check $(PIP_FROM) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check $(PIP_FROM) -r requirements-dev.txt
	@touch $@

install: $(VENV)/installed ## make .venv, install the requirements, build the scripts of the map
	@$(BIN)/python manage.py assets

run: install ## open Linge in the browser (PROFILE=licun|wanli|lanshan|linfeng|chengdu, PORT=8501)
	@LINGE_PROFILE=$(PROFILE) $(BIN)/streamlit run app.py --server.port $(PORT)

# One worker for each core (docs/decisions/0214); the browser needs the cores for itself.
# A browser on a busy machine may miss a moment: its failed tests get one more try, by themselves.
test: $(VENV)/installed-dev install ## run the tests
	@$(BIN)/python -m pytest -m "not browser" -n logical --maxprocesses 8 --dist worksteal
	@$(BIN)/python -m pytest -m browser || $(BIN)/python -m pytest -m browser --last-failed --last-failed-no-failures none

check: $(VENV)/installed-dev install ## lint, import contracts, types, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

bench: $(VENV)/installed-dev install ## measure, as ratios against the plain way
	$(BIN)/python -m benchmarks

demo-all: install ## build the five demo towns
	@for profile in licun wanli lanshan linfeng chengdu; do $(BIN)/python manage.py demo $$profile || exit 1; done

screenshots: $(VENV)/installed-dev install ## take the pictures of the READMEs from the running app
	$(BIN)/python -m benchmarks.screenshots

bundle: $(VENV)/installed install ## pack wheels and built scripts into dist/linge-bundle.tar.gz for a machine without a network
	$(BIN)/pip download -q -d dist/wheels -r requirements.txt
	tar czf dist/linge-bundle.tar.gz --exclude=./dist/linge-bundle.tar.gz --exclude=./.venv --exclude=./var --exclude=./node_modules --exclude=./.git .
	@ls -lh dist/linge-bundle.tar.gz

clean: ## remove what was built (never var/, where the databases are)
	rm -rf $(VENV) node_modules ui/assets/built dist
