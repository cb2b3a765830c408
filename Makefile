.DEFAULT_GOAL := help
.PHONY: help demo test lint types docs engine bench packages wpt native fuzz clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: ## run the demonstration
	uv run snapjs demo

test: ## run the tests
	uv run pytest

lint: ## check style
	uv run ruff check .

types: ## check types
	uv run mypy
	uv run --group types basedpyright --verifytypes snapjs --ignoreexternal

docs: ## build the site of the documents, build/site
	uv run --group docs sphinx-build -q -c docs -d build/doctrees -W -n --keep-going . build/site

engine: ## build the engine and record its hash in engine/sources.lock
	uv run --group engine python tools/build_engine.py --update-lock

bench: ## compare with other packages, and write docs/benchmarks.md and docs/compare.md
	uv run --group bench python -m benchmarks --targets --publish
	uv run python -m benchmarks.features --publish

packages: ## measure libraries from npm, and write docs/packages.md
	uv run python -m benchmarks.packages --publish

wpt: ## run web-platform-tests beside Node.js and Deno, and write docs/web-conformance.md
	npm install --prefix tests/conformance --no-package-lock --no-audit --no-fund --silent
	suite=$$(tests/conformance/fetch_wpt.sh $${SNAPJS_CACHE_DIR:-$$HOME/.cache/snapjs}/wpt) && \
		uv run python tests/conformance/run_wpt.py "$$suite" --publish --node node --deno tests/conformance/node_modules/.bin/deno

KIND ?= messages
SECONDS ?= 60
fuzz: ## fuzz what KIND= names (messages, sources, snapshots) for SECONDS=
	uv run --group fuzz python -m tests.fuzz $(KIND) --seconds $(SECONDS)

native: ## build the engine natively with sanitizers and run its tests
	uv run pytest -m native -n 2 --dist load tests/native

clean: ## remove what was made here; the next uv run makes it again
	@touch hatch_build.py # or uv has nothing to build
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist src/snapjs/_engine \
		src/snapjs/_packages/packages.zip src/snapjs/_packages/stamp.json
