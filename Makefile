# What CI runs is `make check`; the front door for everybody is `python3 manage.py up` and `python3 manage.py test`.
.PHONY: check format lint types test docs lock messages
bin := .venv/bin
compile := $(bin)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

check: ; .ci/check
format: ; $(bin)/ruff check --fix-only . && $(bin)/ruff format .
lint: ; .ci/check lint
types: ; .ci/check types
test: ; python3 manage.py test
docs: ; python3 manage.py generated_docs
lock: ; $(compile) --output-file requirements.lock && $(compile) --group test --constraints requirements.lock --output-file requirements-test.lock
messages: ; python3 manage.py messages
