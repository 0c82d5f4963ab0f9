# The two main commands are `make sandbox` and `make test`. Each sets up what it needs.

# Only Pythons that Lambda has, as the package is compiled for one of them: RUNTIMES in chalicelib/settings/records.py.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$name && break; done)
BIN = .venv/bin
INSTALLED = .venv/.installed

.PHONY: sandbox test bench messages screenshots clean

sandbox: $(INSTALLED)
	@$(BIN)/firstday sandbox $(ARGS)

test: $(INSTALLED)
	@tests/install-chromium
	@tests/install-shells
	@tests/install-clients
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy app.py
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: $(INSTALLED)
	@$(BIN)/python -m bench $(ARGS)

# Run it after a change of the pages' texts: it updates the catalogue. Translate the empty entries, and run it again.
messages: $(INSTALLED)
	@mkdir -p .cache
	$(BIN)/pybabel -q extract -F babel.cfg -k Words:1 -k InvalidInput:2 --no-wrap --add-location=file --omit-header -o .cache/messages.pot .
	$(BIN)/pybabel -q update --no-wrap --ignore-obsolete --no-fuzzy-matching -i .cache/messages.pot -d chalicelib/locale
	$(BIN)/pybabel -q compile -d chalicelib/locale

# Takes the screenshots of docs/screenshots again.
screenshots: $(INSTALLED)
	FIRSTDAY_SCREENSHOTS=1 $(BIN)/pytest -q tests/system/test_in_chromium.py tests/system/test_console_in_chromium.py

clean:
	rm -rf .venv .cache .sandbox

$(INSTALLED): requirements.txt requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Firstday needs Python 3.11, 3.12, 3.13 or 3.14. Install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing what Firstday needs into .venv (a minute, once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
