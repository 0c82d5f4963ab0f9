# The two main commands are `make sandbox` and `make test`. Each sets up what it needs.

# The newest Python that Lambda has, as the package is compiled for it (RUNTIMES in chalicelib/settings/records.py): the one
# that firstday.toml names, if it is here. What is pinned has wheels for 3.11 to 3.14; four packages have none for 3.15.
FITS = import ensurepip, sys, sysconfig, venv; python = sys.version_info; \
	sys.exit(not ((3, 11) <= python[:2] <= (3, 14) and python.releaselevel == "final" \
	and sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")))
RUNTIME = $(shell sed -n 's/^runtime *= *"\(python3\.[0-9]*\)".*/\1/p' firstday.toml)
PYTHON ?= $(shell for name in $(RUNTIME) python3.14 python3.13 python3.12 python3.11 python3; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && break; done)
BIN = .venv/bin
# Two sets, one inside the other: what the firstday command needs, and what tests and checks need besides.
FOR_SANDBOX = .venv/.installed-sandbox
FOR_TESTS = .venv/.installed
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check
LOCKED = --require-hashes --only-binary :all: --no-deps
NEEDS = Firstday needs CPython 3.11, 3.12, 3.13 or 3.14, a final release, with its venv module (Debian and Ubuntu: \
	apt-get install python3-venv). Install one, or name it: make sandbox PYTHON=/path/to/python3
# The version of .venv's Python: none if .venv is not there or not whole, or its Python is gone. Then it is made anew.
VERSION = import platform; print(platform.python_version())
HAS := $(shell $(BIN)/python -Ic 'import pip; $(VERSION)' 2>/dev/null)
ifeq ($(HAS),)
$(shell rm -f $(FOR_SANDBOX) $(FOR_TESTS))
endif

.PHONY: sandbox test readers bench links qr messages screenshots clean right-python

sandbox: right-python $(FOR_SANDBOX)
	@$(BIN)/firstday sandbox $(ARGS)

test: right-python $(FOR_TESTS)
	@tests/install-chromium
	@tests/install-shells
	@tests/install-clients
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy app.py
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Programs in Go and Rust with a member's profiles. It takes both languages, and some minutes the first time.
readers: right-python $(FOR_TESTS)
	@tests/install-clients
	@tests/readers/build
	@$(BIN)/python -m tests.readers

bench: right-python $(FOR_TESTS)
	@$(BIN)/python -m bench $(ARGS)

# How many links come whole out of the programs that make links of text, and open. They are not the project's own.
links: right-python $(FOR_TESTS)
	@bench/linkifiers/install
	@$(BIN)/python -m bench.linkifiers

# How many QR codes are read, with readers that are not the project's own. Quicker: make qr ARGS=200
qr: right-python $(FOR_TESTS)
	@tests/install-chromium
	@bench/scanners/install
	@$(BIN)/python -m bench.scanners $(ARGS)

# Run it after a change of the pages' texts: it updates the catalogue. Translate the empty entries, and run it again.
messages: right-python $(FOR_TESTS)
	@mkdir -p .cache
	$(BIN)/pybabel -q extract -F babel.cfg -k Words:1 -k InvalidInput:2 --no-wrap --add-location=file --omit-header -o .cache/messages.pot .
	$(BIN)/pybabel -q update --no-wrap --ignore-obsolete --no-fuzzy-matching -i .cache/messages.pot -d chalicelib/locale
	$(BIN)/pybabel -q compile -d chalicelib/locale

# Takes the screenshots of docs/screenshots again.
screenshots: right-python $(FOR_TESTS)
	FIRSTDAY_SCREENSHOTS=1 $(BIN)/pytest -q tests/system/test_in_chromium.py tests/system/test_console_in_chromium.py \
		tests/system/test_letters_in_chromium.py

clean:
	rm -rf .venv .cache .sandbox

# PYTHON, where somebody names it, has to fit, and be the one of .venv.
right-python:
ifneq ($(filter command environment,$(origin PYTHON)),)
	@$(PYTHON) -c '$(FITS)' || { echo "$(PYTHON) will not do. $(NEEDS)"; exit 1; }
	@found=$$($(PYTHON) -ISc '$(VERSION)'); test "$(or $(HAS),$$found)" = "$$found" || { \
	echo ".venv has Python $(HAS), not the $$found of $(PYTHON): make clean first."; exit 1; }
endif

# Standard output is for what a command answers, such as the JSON of make sandbox ARGS=--json.
$(FOR_SANDBOX): requirements-sandbox.txt pyproject.toml
	@test -n "$(HAS)$(PYTHON)" || { echo "$(NEEDS)"; exit 1; }
	@test -n "$(HAS)" || $(PYTHON) -m venv --clear .venv >&2
	@echo "Installing what Firstday needs into .venv (half a minute, once) ..." >&2
	@$(INSTALL) $(LOCKED) -r requirements-sandbox.txt >&2
	@$(INSTALL) --no-deps --no-build-isolation -e . >&2
	@touch $@

$(FOR_TESTS): $(FOR_SANDBOX) requirements-dev.txt
	@echo "Installing what the tests need besides (a minute, once) ..." >&2
	@$(INSTALL) $(LOCKED) -r requirements-dev.txt
	@touch $@
