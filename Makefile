# Everything happens in .venv (and .venv-3.x for the other interpreters); nothing outside this folder changes.
PYTHON ?= python3
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check
PARALLEL = --numprocesses auto --dist worksteal

.PHONY: demo test bench check clean

## Show the example body.
demo: .venv/.cli
	.venv/bin/cds-context show cds_context/example.json

## The tests: with coverage on the default Python, then, without web frameworks, on every other supported Python found.
test: .venv/.test .venv/.integration .venv/.browser
	.venv/bin/python -m pytest $(PARALLEL) --cov --cov-report=term
	@set -e; others=$$(.ci/interpreters .venv/bin/python); for python in $$others; do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "== Python $$version"; \
		$(MAKE) --no-print-directory .venv-$$version/.test OTHER_PYTHON=$$python; \
		.venv-$$version/bin/python -m pytest --quiet $(PARALLEL); \
	done

## What it costs, beside the alternatives.
bench: .venv/.bench
	.venv/bin/python -m benchmarks

## Lint, types, documentation; `.ci/run` is this after `make test`.
check: .venv/.test .venv/.integration .venv/.bench .venv/.dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/pyright --pythonpath .venv/bin/python
	@# --verifytypes looks for python on PATH and nowhere else.
	PATH="$(CURDIR)/.venv/bin:$$PATH" pyright --verifytypes cds_context --ignoreexternal
	.venv/bin/zensical build --clean --strict

clean:
	rm -rf .venv .venv-3.* site .cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.cli .venv/.test .venv/.integration .venv/.browser .venv/.bench .venv/.dev: .venv/.%: pyproject.toml | .venv/bin/python
	.venv/bin/python $(PIP_INSTALL) --editable '.[$*]'
	@touch $@

.venv-%/.test: pyproject.toml
	$(OTHER_PYTHON) -m venv .venv-$*
	.venv-$*/bin/python $(PIP_INSTALL) --editable '.[test]'
	@touch $@
