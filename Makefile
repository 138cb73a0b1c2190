# The one door: `make` lists the targets. Needs Python 3.11 or later and make; all else goes into .venv.

PYTHON ?= python3
VENV ?= .venv
# The newest torch may bring gigabytes of GPU libraries, so the release that the comparisons were written against is
# named. Where pip would still fetch a GPU build, point PIP_EXTRA_INDEX_URL at PyTorch's index of CPU builds.
TORCH ?= torch==2.13.0
# More for pytest, such as `make quick PYTEST="-k conv"`, and for the benchmarks: `make bench BENCH="--only lenet"`.
PYTEST ?=
BENCH ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo setup peers test check gates quick test-nojit bench format clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
		printf '  make %-11s %s\n' "$$target" "$$what"; done

demo: $(VENV)/.installed-train ## set up, train on real handwritten digits, say where the pictures are
	$(BIN)/minitorch train digits --out runs/demo --overwrite
	@echo; echo "The pictures are here:"; ls runs/demo/*.png

setup: $(VENV)/.installed-dev ## set up .venv for work on minitorch

peers: $(VENV)/.installed-$(TORCH) ## add PyTorch, against which some tests and benchmarks compare

test: check ## set up and run all that CI runs: gates, then tests

check: gates ## format, lint, types, layers, tests
	$(BIN)/python -m pytest $(PYTEST)

gates: $(VENV)/.installed-dev ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

quick: $(VENV)/.installed-dev ## the tests that take less than ten seconds each
	$(BIN)/python -m pytest -m "not slow" $(PYTEST)

test-nojit: $(VENV)/.installed-dev ## the tests that are feasible without Numba's compiler, with it off
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m "not slow and not jit" $(PYTEST)

bench: $(VENV)/.installed-dev $(VENV)/.installed-$(TORCH) ## speed as ratios against the peers that are installed
	$(BIN)/minitorch bench $(BENCH)

format: $(VENV)/.installed-dev ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove caches and build products (not .venv, not runs)
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv
	rm -rf $(VENV)

# A stamp per set of packages: nothing is installed again until pyproject.toml changes.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "minitorch needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed-train: pyproject.toml | $(BIN)/python
	@echo "Installing minitorch and what training needs into $(VENV) ..."
	@$(PIP) --editable '.[train]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing minitorch and what its tests need into $(VENV) ..."
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed-train $@

$(VENV)/.installed-torch%: | $(BIN)/python
	@echo "Installing $(TORCH) into $(VENV) ..."
	@$(PIP) '$(TORCH)'
	@touch $@
