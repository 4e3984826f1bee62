# Every task of the project by its name. `make` alone lists them.
#
# A machine needs Python 3.11 or newer (with venv), git and make; the rest is set up here, inside .venv, from the hashed
# lock. Where packages come from is the machine's own pip configuration's business: nothing here names an index.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup browser demo test lint format torture bench profile bench-archive bench-reparse bench-currency \
	bench-recall quality try-container bench-report screenshots notebooks fuzz soak audit sbom licences lock clean

# The first Python that is new enough, of those the first with its venv module (a package of its own in Debian).
# Any other: make PYTHON=/path/to/python
PYTHON ?= $(shell for needed in sys,venv,ensurepip sys; do \
	for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$python" -c "import $$needed; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1 \
		&& { echo "$$python"; exit; }; done; done)
# Another environment beside the usual one: make test VENV=.venv-3.13 PYTHON=python3.13
VENV ?= .venv
# BROWSER=no leaves the system alone: no Chromium is installed.
BROWSER ?= yes
# Two workers; tests that share something dear to make (xdist_group) stay together on one.
PYTEST_FLAGS ?= -n 2 --dist loadgroup
# make lock LOCK_FLAGS=--upgrade moves every package to its newest version.
LOCK_FLAGS ?=

# Programs run as `python -m`: their own start scripts break when the checkout is moved.
RUN := $(VENV)/bin/python -m
# Written as the last step of an installation, so that an interrupted one is begun again from nothing.
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready
PEERS := $(VENV)-peers
AUDIT := $(VENV)-audit
BROWSER_TRIED := $(VENV)/.browser-$(BROWSER)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Shell text: installs the Debian packages $(1) where that needs no question, with the log in $(2); $$no says why not.
define apt_install
no=; as=; \
if ! command -v apt-get >/dev/null; then no="there is no apt-get here"; \
elif test "$$(id -u)" = 0; then as=env; \
elif sudo -n true 2>/dev/null; then as="sudo -n env"; \
else no="that needs root"; fi; \
if test -n "$$as"; then \
	apt="$$as DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2"; \
	{ $$apt update; $$apt install -y --no-install-recommends $(1); } </dev/null >$(2) 2>&1 || no="apt-get failed"; \
fi
endef

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) browser ## Make the virtual environment from the lock; done by the targets that need it

# From nothing each time the lock changes: what is installed is what the lock says, and no more.
$(LOCKED): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install one" \
		"(Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed;" \
		"$(PYTHON) is $$("$(PYTHON)" --version 2>&1). Name another: make PYTHON=/path/to/python" >&2; exit 2; }
	@has_venv() { "$(PYTHON)" -c 'import venv, ensurepip' >/dev/null 2>&1; }; \
	has_venv || { $(call apt_install,python3-venv,/dev/null); has_venv; } || { echo "$(PYTHON) has no venv module," \
		"and it could not be installed$${no:+: $$no}. Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Setting up $(VENV) with $$("$(PYTHON)" --version) from requirements.lock: about a minute, once."
	"$(PYTHON)" -m venv --clear $(VENV)
	$(RUN) pip install -qq --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	$(RUN) pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

browser: $(BROWSER_TRIED) ## Install Debian's Chromium where that is possible without asking

# Only pages that need a browser miss it, so that a machine without it goes on. Tried once; `make clean` forgets.
$(BROWSER_TRIED): $(LOCKED)
	@if command -v chromium >/dev/null; then :; \
	elif test "$(BROWSER)" != yes; then echo "No browser is installed, as BROWSER=$(BROWSER) asks."; \
	else \
		echo "Installing Chromium for the pages that need a browser."; \
		$(call apt_install,chromium chromium-sandbox,$(VENV)/chromium.log); \
		test -z "$$no" || echo "Chromium was not installed: $$no. Everything else works; rendering" \
			"(render=fallback) and its tests need it. To add it: apt-get install chromium"; \
	fi
	@touch $@

# Another folder for the archive: make demo KOMPAS_OUTPUT=/somewhere/else
demo: setup ## Crawl the bundled replica of the site into output/ and show what was kept
	$(RUN) scrapy demo

test: lint ## Run the linters, then the whole test suite
	$(RUN) pytest $(PYTEST_FLAGS)

lint: setup ## Check style, formatting and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

format: setup ## Put the code into the one format and mend what can be mended
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

# TRIES=1 KILLS=100 for a shorter one; SEED chooses the moments. FAULTS="--beside-bare --write docs/reliability.md".
torture: KILLS ?= 1000
torture: TRIES ?= 5
torture: SEED ?= 1
torture: FAULTS ?=
torture: HOURS ?= 4320
torture: setup ## Try every kind of trouble, in one table; kill a crawl a thousand times, a fleet fifty; simulate half a year
	$(RUN) tests.faults --tries $(TRIES) --seed $(SEED) $(FAULTS)
	KOMPAS_TORTURE_KILLS=$(KILLS) KOMPAS_TORTURE_SEED=$(SEED) $(RUN) pytest tests/faults/test_kills.py tests/fleet/test_loss.py \
		-v -s --timeout 0
	$(RUN) tests.faults.soak --hours $(HOURS) --seed $(SEED)

# SECONDS=3600 for a night; ONLY="--only dates" for one target. Finds lie in .fuzz/finds.
fuzz: SECONDS ?= 60
fuzz: ONLY ?=
fuzz: setup ## Fuzz whatever reads bytes from elsewhere, a minute for each reader
	$(RUN) tests.fuzz --seconds $(SECONDS) $(ONLY)

# HOURS=4320 for six months, about an hour; SEED chooses the troubles.
soak: HOURS ?= 720
soak: SEED ?= 1
soak: setup ## Simulate a month of hourly runs with random troubles, and hold the archive against the site
	$(RUN) tests.faults.soak --hours $(HOURS) --seed $(SEED)

# BENCH_FLAGS=--quick for a short look; BENCH_FLAGS="--long --saved FOLDER" for more.
bench: setup ## Measure parse, crawl, reparse, commit, load, start-up and memory, beside others
	@$(MAKE) --no-print-directory $(PEERS)/.locked || echo "The peers could not be installed: only ours is measured." >&2
	$(RUN) benchmarks.performance $$(test -e $(PEERS)/.locked && echo --peers $(PEERS)/bin/python) $(BENCH_FLAGS)

# PAGES=300 for a quick look.
profile: setup ## Show where the time of a crawled page goes, stage by stage
	$(RUN) benchmarks.profiling $(if $(PAGES),--pages $(PAGES))

# SIZES=10000 for a quick look.
bench-archive: setup ## Time a run's start, commit, look-up, load, SQL and status at 10 k, 100 k and 1 M articles
	$(RUN) benchmarks.growth $(if $(SIZES),--sizes $(SIZES))

# ARTICLES=240 EVERY=2 for more articles a day, and fewer runs.
bench-currency: ARTICLES ?= 60
bench-currency: EVERY ?= 1
bench-currency: setup ## Simulate a week of hourly runs with edits and removals; some four minutes
	$(RUN) benchmarks.currency --articles-per-day $(ARTICLES) --every $(EVERY)

# DAYS=5 ARTICLES=120 for a quick look.
bench-recall: DAYS ?= 30
bench-recall: ARTICLES ?= 1000
bench-recall: setup ## Fill thirty days of 1,000 articles with every trouble on, and hold it against the truth
	$(RUN) benchmarks.recall --days $(DAYS) --articles-per-day $(ARTICLES)

# The peers live in an environment of their own: their eighty packages are no business of the crawler's.
# QUALITY_FLAGS=--raise-floors writes better figures down.
quality: setup ## Score the parser over the cases and the saved pages, beside other extractors
	@$(MAKE) --no-print-directory $(PEERS)/.locked || echo "The peers could not be installed: only ours is measured." >&2
	$(RUN) benchmarks.quality $$(test -e $(PEERS)/.locked && echo --peers $(PEERS)/bin/python) $(QUALITY_FLAGS)

# Without their dependencies, all of which the lock names: pip 23 stumbles over an extra that three of them ask for.
$(PEERS)/.locked: benchmarks/peers.txt
	@echo "Setting up $(PEERS) with the peers from benchmarks/peers.txt: about a minute, once."
	"$(PYTHON)" -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install -qq --no-deps --require-hashes -r benchmarks/peers.txt
	@touch $@

try-container: ## Run the Dockerfile's steps and the result in clean Debian roots; needs root and debootstrap
	deploy/container/try

# PAGES=2000 for a quick look; REPARSE_FLAGS="--saved FOLDER --cluster" for real pages, and for a cluster that loses one.
bench-reparse: PAGES ?= 20000
bench-reparse: setup ## Time reparse with two workers against one, by the clock: on a machine that does nothing else
	$(RUN) benchmarks.reparsing --pages $(PAGES) $(REPARSE_FLAGS)

# SIZE=10000 for a quick look.
bench-report: setup ## Time the report of an archive of 1 M articles; making that takes some twenty minutes
	$(RUN) benchmarks.report $(if $(SIZE),--size $(SIZE))

screenshots: setup ## Take the pictures of the documentation anew, from the demonstration's archive
	$(RUN) docs.screenshots

notebooks: setup ## Execute the notebooks anew over the demonstration's archive, and keep what they show
	$(RUN) notebooks.execute

# Strict: without the database of advisories (no network) it fails, in place of finding nothing.
audit: $(AUDIT)/.locked ## Hold the locked packages against the known security advisories; needs the network
	$(AUDIT)/bin/python -m pip_audit --strict --requirement requirements.lock --require-hashes --disable-pip

sbom: $(AUDIT)/.locked ## Write what the lock installs as a CycloneDX bill of materials, sbom.json
	$(AUDIT)/bin/python -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--of JSON --output-reproducible --output-file sbom.json

licences: setup ## Write THIRD_PARTY.md, the licences of the locked packages
	$(VENV)/bin/python .ci/licences.py >THIRD_PARTY.new && mv THIRD_PARTY.new THIRD_PARTY.md

$(AUDIT)/.locked: .ci/audit.txt
	@echo "Setting up $(AUDIT) from .ci/audit.txt: about a minute, once."
	"$(PYTHON)" -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install -qq --no-deps --require-hashes -r .ci/audit.txt
	@touch $@

lock: $(VENV)/bin/uv ## Resolve requirements.lock anew for every platform and Python
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
		--custom-compile-command "make lock" --quiet $(LOCK_FLAGS) --output-file requirements.lock
	$(VENV)/bin/uv pip compile benchmarks/peers.in --override benchmarks/peers.overrides --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command "make lock" --quiet $(LOCK_FLAGS) --output-file benchmarks/peers.txt
	$(VENV)/bin/uv pip compile .ci/audit.in --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet $(LOCK_FLAGS) --output-file .ci/audit.txt

# Not $(READY): a lock that does not fit pyproject.toml any more must not stand in the way of a new one.
$(VENV)/bin/uv:
	$(MAKE) $(LOCKED)

clean: ## Remove the environment and every cache; output/ stays
	rm -rf $(VENV) $(PEERS) $(AUDIT) .fuzz build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
