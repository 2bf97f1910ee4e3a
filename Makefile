# Everything happens in .venv (and .venv-NAME for other interpreters and real components); nothing outside this folder
# changes. CONTRIBUTING.md says which command is for what.
PYTHON ?= python3
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check
PARALLEL = --numprocesses auto --dist worksteal
# Of the six thousand modules that are installed, tests load one in five. Those are compiled when the first process loads
# them, and kept for all others; pip would compile all of them, on one core.
export PIP_COMPILE = 0
export PYTHONDONTWRITEBYTECODE =
CHECKS = check-mypy check-pyright check-style check-documentation check-ci
PARTS := $(patsubst tests/parts/%/requirements.txt,test-%,$(wildcard tests/parts/*/requirements.txt))

.PHONY: demo test measured repeated quick long fuzz test-all test-parts $(PARTS) bench check $(CHECKS) clean

## Show the example body.
demo: .venv/.cli
	.venv/bin/cds-context show cds_context/example.json

## The tests on one Python, with coverage; tests/conftest.py says which repeat, and why they are not measured. Both halves
## run side by side: while the tests of one wait for a browser or a process, those of the other compute.
test: .venv/.test
	@$(MAKE) --no-print-directory --keep-going --jobs 2 measured repeated

# pytest-cov would look at each file twice: for the number, and for the table.
measured: .venv/.test
	.venv/bin/python -m pytest $(PARALLEL) -m 'not repeats' --cov --cov-report= --cov-fail-under=0
	.venv/bin/coverage report

repeated: .venv/.test
	.venv/bin/python -m pytest $(PARALLEL) -m repeats

## An answer in under 40 seconds: what tests/conftest.py leaves out is in `make test`.
quick: .venv/.test
	.venv/bin/python -m pytest --quiet --quick $(PARALLEL)

## Properties, with many more examples, and others on each run. It takes hours, and a test may take more than one.
long: .venv/.test
	HYPOTHESIS_PROFILE=long .venv/bin/python -m pytest -m repeats $(PARALLEL) --override-ini faulthandler_timeout=0

## The tests, without web frameworks, on every other supported Python found.
test-all: .venv/bin/python
	.ci/others

## The tests against real components, each in an environment of its own; .ci/part says what makes a part.
test-parts: $(PARTS)

$(PARTS): test-%:
	@PYTHON=$(PYTHON) .ci/part $*

## A fuzzer that follows coverage, on the readers of XML and .NET Binary: `make fuzz SECONDS=7200`.
fuzz:
	@PYTHON=$(PYTHON) SECONDS_TO_FUZZ=$(or $(SECONDS),60) .ci/part fuzz

## What it costs, beside the alternatives.
bench: .venv/.bench
	.venv/bin/python -m benchmarks

## Lint, types, documentation, the hosted CI. Each of these works on one core, so they run side by side.
check: .venv/.dev
	@$(MAKE) --no-print-directory --keep-going --jobs 2 $(CHECKS)

check-mypy: .venv/.dev
	.venv/bin/mypy

check-pyright: .venv/.dev
	.venv/bin/pyright --pythonpath .venv/bin/python
	@# --verifytypes looks for python on PATH and nowhere else.
	PATH="$(CURDIR)/.venv/bin:$$PATH" pyright --verifytypes cds_context --ignoreexternal

check-style: .venv/.dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check

check-documentation: .venv/.dev
	.venv/bin/zensical build --clean --strict

check-ci: .venv/.dev
	.venv/bin/zizmor --offline --quiet .github
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

clean:
	rm -rf .venv .venv-* site .cache

# The pip that venv unpacks is years older than the newest, and takes twice as long.
.venv/bin/python:
	$(PYTHON) -m venv --upgrade-deps .venv

# One call of pip for all extras that a command needs: each call resolves anew.
.venv/.cli: EXTRAS = cli
.venv/.test: EXTRAS = test,integration,browser
.venv/.bench: EXTRAS = bench
.venv/.dev: EXTRAS = test,integration,browser,bench,dev
.venv/.cli .venv/.test .venv/.bench .venv/.dev: pyproject.toml | .venv/bin/python
	.venv/bin/python $(PIP_INSTALL) --editable '.[$(EXTRAS)]'
	@touch $@
