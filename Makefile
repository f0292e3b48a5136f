# What can be done with this project; each target brings what it needs.
PORT ?= 8080
PYTHON ?= python3
MINOR ?= 1.35
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/uv/bin/uv)
RUN := $(UV) run --frozen --quiet
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE  # without compiled modules every process starts 2 s later

.PHONY: help demo run test check format messages control-plane screenshots clean bench-run-overhead bench-form-post bench-restart bench-report bench-install bench-install-memory bench-bundle-load

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

demo: $(UV)  ## the whole journey on this machine, without a Google account (PORT=8080)
	@$(UV) sync --frozen --quiet --no-dev && exec .venv/bin/kfportal demo --port $(PORT)

run: $(UV)  ## the portal against Google Cloud (settings: README.md)
	@$(UV) sync --frozen --quiet --no-dev && KFPORTAL_PORT=$(PORT) exec .venv/bin/kfportal serve

test: $(UV)  ## all tests (TESTS="tests/store -k events" for some; KUBERNETES=1.34 on that minor)
	@sh tools/system-packages chromium postgresql
	$(RUN) pytest $(or $(TESTS),-n 2 --dist worksteal)

check: $(UV)  ## format, lint, types, layers, templates, container files
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) djlint templates app/simulator --check --lint --quiet
	$(RUN) hadolint Dockerfile
	@sh tools/system-packages docker-compose
	docker-compose --file docker-compose.yml --profile postgresql config --quiet

format: $(UV)  ## put everything in its agreed form
	$(RUN) ruff format
	$(RUN) ruff check --fix
	$(RUN) djlint templates app/simulator --reformat --quiet

messages: $(UV)  ## collect texts to translate into locales/*/LC_MESSAGES/messages.po
	$(RUN) python tools/messages.py

screenshots: $(UV)  ## the README's picture, taken anew by the journey that deploys the real release (KFPORTAL_MIRROR)
	@sh tools/system-packages chromium
	@rm -f artefacts/journey/deploying.png
	$(RUN) pytest -n 0 tests/journey/test_browser_journey.py -k identity_aware_proxy
	cp artefacts/journey/deploying.png docs/images/deploying.png

control-plane:  ## a real Kubernetes control plane for the tests, built once (MINOR=1.34 for the other)
	@PYTHON=$(PYTHON) sh tools/control-plane/build $(MINOR)

bench-run-overhead: $(UV)  ## a run's wall time against the cloud's own waits
	$(RUN) python -m benchmarks.run_overhead

bench-restart: $(UV)  ## from a killed portal's start to its next piece of work
	$(RUN) python -m benchmarks.restart

bench-report: $(UV)  ## all checks of the report at once against one after another
	$(RUN) python -m benchmarks.report

bench-install: $(UV)  ## a real API server's installation against kubectl (ROUNDS=2)
	$(RUN) python -m benchmarks.install

bench-install-memory: $(UV)  ## an installation's memory above a portal at rest
	$(RUN) python -m benchmarks.install_memory

bench-bundle-load: $(UV)  ## a bundle's objects read from its file against YAML
	$(RUN) python -m benchmarks.bundle_load

bench-form-post: $(UV)  ## form post to redirect against a bare endpoint
	$(RUN) python -m benchmarks.form_post

clean:  ## forget what tests and demo have made
	rm -rf .data artefacts

$(TOOLS)/uv/bin/uv:
	@$(PYTHON) -m venv $(TOOLS)/uv && $(TOOLS)/uv/bin/pip install --quiet uv \
	  || { echo "uv is missing and could not be installed: https://docs.astral.sh/uv/" >&2; exit 1; }
