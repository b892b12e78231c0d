# The same commands for people and for CI. `make run` is all a new machine needs.
PORT ?= 8050
PY := .venv/bin/python
TESTS ?= tests

.PHONY: run venv dev check test test-faults bench

run: venv  ## everything for the sample site, on http://127.0.0.1:$(PORT)/
	@MALL_STARTED_BY=make exec $(PY) app.py run --port $(PORT)

venv:  ## what running needs, into .venv (MALL_PIP_ARGS is appended to pip install)
	@sh scripts/venv.sh runtime

dev:
	@sh scripts/venv.sh dev

check: dev  ## format, lint, types, layers
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest tests/test_layers.py

test: dev  ## every test but the slow fault tests
	@sh scripts/browser.sh
	$(PY) -m pytest -m "not fault" $(TESTS)

test-faults: dev  ## kills, hangs, full disks and closed networks, for real; needs root for the network ones
	$(PY) -m pytest -m fault tests/faults

bench: dev  ## NAME=worker|store|web|idle|geometry|curves|peers|fusion|situations|options|history|forecast|viewers
	$(PY) app.py bench $(or $(NAME),web)
