# Every command sets up what it needs by itself; a second call only compares hashes.
# ARGS goes to the program: make run ARGS=--once, make test ARGS="-k birth".

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && exit; done; echo python3)
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-long bench lock release-check assets
MAKEFLAGS += --no-print-directory

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: ## Set up and start everything with the demonstration; ARGS=--once ends after the story
	@$(PYTHON) tools/bootstrap.py run
	@exec $(BIN)/tongban run $(ARGS)

test: ## Set up and run every check and test that fits a working day
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python tools/check.py $(ARGS)

test-long: ## The tests that take longer; they fetch Spark, and skip what needs it where there is no Java
	@$(PYTHON) tools/bootstrap.py spark
	@exec $(BIN)/python tools/check.py --long $(ARGS)

bench: ## Measure against the database's own speed, as ratios; BENCH=run, cases, lists … for one of them
	@$(PYTHON) tools/bootstrap.py dev
	@failed=0; for part in $(or $(BENCH),run cases lists exchange rules access sign_in); do $(BIN)/python bench/$$part.py $(ARGS) || failed=1; done; exit $$failed

lock: ## Compile the pinned requirements anew
	@$(PYTHON) tools/bootstrap.py lock

release-check: ## Bill of materials (CycloneDX), licences, known weaknesses; ARGS=--offline leaves the last out
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python tools/release_check.py $(ARGS)

assets: ## Rebuild the web assets after a change in src/tongban/web/static
	@$(PYTHON) tools/assets.py
