# `make demo` shows the package at work, `make test` runs everything that CI runs.
# Both set up all they need in .venv; the steps themselves are sessions of noxfile.py.

PYTHON ?= python3
# Optional packages that the test environment has.
EXTRAS ?= all

export PATH := $(CURDIR)/.venv/bin:$(PATH)
PIP := .venv/bin/python -m pip --disable-pip-version-check
CORE := $(shell find cpp/bindings cpp/cmake cpp/include cpp/src -type f)

.NOTPARALLEL:
.PHONY: demo test dev build lint format wheel bench clean

demo: .venv/installed
	qnlp demo
	symnum demo

test: dev
	nox --sessions lint typing cpp wheel tests

# The environment to work in: the package editable, and every tool.
dev: .venv/dev .venv/installed

# Compile again and install, after a change to C++.
build: .venv/installed

lint: dev
	nox --sessions lint typing tidy

format: .venv/dev
	nox --sessions format

wheel: dev
	nox --sessions wheel

bench: dev
	nox --sessions bench

clean:
	rm -rf .venv build dist

.venv/ready:
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet -c constraints.txt --group build
	touch $@

.venv/dev: .venv/ready pyproject.toml constraints.txt
	.ci/system-packages
	$(PIP) install --quiet -c constraints.txt --group dev
	rm -f .venv/installed
	touch $@

# Editable, in the build folder that stays: a change compiles only what it touches.
IS_DEV = $(wildcard .venv/dev)
.venv/installed: .venv/ready pyproject.toml constraints.txt CMakeLists.txt $(CORE)
	$(PIP) install --quiet --no-build-isolation -c constraints.txt \
	    $(if $(IS_DEV),-Ccmake.define.MONOIDAL_WERROR=ON) --editable '.$(if $(IS_DEV),[$(EXTRAS)])'
	touch $@
