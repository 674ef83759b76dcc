# What a newcomer needs. `make` alone says what there is.
#
# Everything runs from a fresh clone on Debian with Rust (https://rustup.rs) and a C compiler (`apt-get install gcc`).

CARGO ?= cargo
INSTALL_SERVICES = deploy/dev/install-services.sh
BINARIES = $(or $(CARGO_TARGET_DIR),target)/debug

.DEFAULT_GOAL := help
CONSOLE = deploy/dev/console.sh

.PHONY: help console test-console demo test quick bench lint proof-scale proof-events proof-timers proof-calendar proof-rehearsal proof-console api-peers proof-api proof-client proof-oidc release check-deploy verify-deploy try-deploy tools

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Not the release profile: it takes minutes longer to build, and the demo waits for its simulated providers anyway.
demo: tools ## a mailing from import to statistics, on the embedded default: one process, no server
	$(CONSOLE) build-if-possible
	$(CARGO) run --quiet --package bellhop -- demo

test: tools console lint check-deploy ## every test, against private PostgreSQL, Redis and RabbitMQ, a Firefox and a Chromium (installed if absent)
	$(INSTALL_SERVICES)
	$(CONSOLE) test
	$(CARGO) build --workspace --bins
	$(CARGO) test --workspace --no-run
	$(CONSOLE) e2e
	$(BINARIES)/bellhop-test-services run -- deploy/dev/tests-beside-proofs.sh $(CARGO)

# Tests of several backends say in their names which they ask.
WITHOUT_SERVERS = --skip postgres --skip redis --skip rabbitmq --skip plans:: --skip audience::tests:: --skip server::tests::

quick: tools lint ## between commits: formatting, clippy and the tests that need no server; minutes, once all is built
	$(CARGO) test --quiet --workspace --lib --bins -- $(WITHOUT_SERVERS)
	$(CARGO) test --quiet --package bellhop-domain --package bellhop-templating --package bellhop-settings --package bellhop-campaigns \
		--package bellhop-programs --package bellhop-api --tests
	$(CARGO) test --quiet --package bellhop-broker --package bellhop-rate-limits --package bellhop-store --package bellhop-tests \
		--test in_process --test local --test ledger --test arrows --test pages -- $(WITHOUT_SERVERS)

console: ## what people see in a browser, into console/dist; the next build of the program has it in it
	@command -v npm > /dev/null || $(INSTALL_SERVICES)
	$(CONSOLE) build

test-console: tools console ## the console's tests, and a marketer's way through the real program in a Chromium
	@command -v chromium > /dev/null || $(INSTALL_SERVICES)
	$(CONSOLE) test
	$(CARGO) build --package bellhop
	$(CONSOLE) e2e

lint: tools ## formatting and clippy, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

# Release: these are the published figures.
bench: tools ## the seven benches, one JSON object each: fleet, channels, audience, import, events, limits, idle
	$(INSTALL_SERVICES)
	$(CARGO) build --release --package bellhop --package bellhop-bench
	for bench in fleet channels audience import events limits idle; do $(dir $(BINARIES))release/bellhop-bench $$bench --json || exit 1; done

# SMALL=1 makes the short run that is also part of `make test`; SEED=n draws the kills and faults otherwise.
proof-%: tools ## the evidence: proof-crash, -pause, -faults, -cdnow, -badfile, -consent, -limits, -portfolio, -ban, -lanes, -bulkheads, -forecast, -smpp, -peers, -webhooks, -webpush, -providers, -programs, -strangers, -settings, -scale, -events, -timers; SMALL=1 for a short run
	$(INSTALL_SERVICES)
	$(CARGO) build --package bellhop --package bellhop-tests --bins
	SMALL=$(SMALL) $(BINARIES)/proof $*

# By a Python with libraries of other hands, pinned by hash, which stays beside the build's files.
CALENDAR_PYTHON = $(or $(CARGO_TARGET_DIR),target)/calendar-python
proof-calendar: ## five years of birthdays, quiet hours and recurring mailings in nine zones, beside Python's zoneinfo
	python3 -m venv $(CALENDAR_PYTHON)
	$(CALENDAR_PYTHON)/bin/pip install --quiet --require-hashes --requirement programs/tests/calendar/requirements.txt
	BELLHOP_PYTHON=$(abspath $(CALENDAR_PYTHON))/bin/python $(CARGO) test --package bellhop-programs --test calendar -- --include-ignored --nocapture
	BELLHOP_PROOF=long $(CARGO) test --package bellhop-dispatcher --test rehearsal -- --nocapture five_years

proof-rehearsal: tools ## a month rehearsed is the month that then happens, on both databases, from several seeds; SEED=n for one
	$(INSTALL_SERVICES)
	BELLHOP_PROOF=$(if $(filter-out 0,$(SMALL)),short,long) SEED=$(SEED) \
		$(BINARIES)/bellhop-test-services run -- $(CARGO) test --package bellhop-dispatcher --test rehearsal -- --nocapture --test-threads 1

# What others ask of the API, by programs of other hands, pinned by hash or version, which stay beside the build's files.
API_PEERS = $(or $(CARGO_TARGET_DIR),target)/api-peers
api-peers: tools
	python3 -m venv $(API_PEERS)
	$(API_PEERS)/bin/pip install --quiet --require-hashes --requirement tests/api/requirements.txt
	$(CARGO) build --package bellhop

proof-api: api-peers ## schemathesis asks every route, with a key of each scope and in a session of each role; SECONDS=n in all, half an hour if absent
	OUT=$(API_PEERS)/said $(API_PEERS)/bin/python tests/api/fuzz.py $(BINARIES)/bellhop $(or $(SECONDS),1800)

proof-client: api-peers ## a client that openapi-generator makes of the document does a brand's work, and verifies what webhooks tell
	$(API_PEERS)/bin/python tests/api/client.py $(BINARIES)/bellhop

proof-oidc: tools ## people log in by real providers of OpenID Connect, and others do not: oidc-provider, and Dex if there is a Go to build it
	mkdir -p $(API_PEERS)/provider
	cp tests/api/provider/* $(API_PEERS)/provider
	cd $(API_PEERS)/provider && npm ci --no-audit --no-fund --loglevel=error
	$(CARGO) build --package bellhop
	python3 tests/api/oidc.py $(BINARIES)/bellhop node $(API_PEERS)/provider
	@command -v go > /dev/null || echo "no go: Dex is left out"
	! command -v go > /dev/null || { tests/api/dex.sh $(API_PEERS)/dex && python3 tests/api/oidc.py $(BINARIES)/bellhop dex $(API_PEERS)/dex; }

# Of release builds: rates are what is proved.
proof-scale: tools
	$(INSTALL_SERVICES)
	$(CARGO) build --release --package bellhop --package bellhop-bench
	$(dir $(BINARIES))release/bellhop-bench scale $(if $(SMALL),--history 2000000 --recipients 50000 --pairs 1)

proof-events: tools
	$(INSTALL_SERVICES)
	$(CARGO) build --release --package bellhop --package bellhop-bench
	$(dir $(BINARIES))release/bellhop-bench events $(if $(SMALL),--events 20000 --per-second 200 --seconds 10)

proof-timers: tools
	$(INSTALL_SERVICES)
	$(CARGO) build --release --package bellhop --package bellhop-bench
	$(dir $(BINARIES))release/bellhop-bench timers $(if $(SMALL),--timers 20000 --changes 200 --seconds 12 --wave 2000 --no-peer)

# Of a release build: times are what is proved. SMALL=1 takes what is built anyway, and three times as long.
proof-console: tools console ## the console's budgets in a Chromium: a million guests, a thousand mailings, TLS, a path prefix; SMALL=1 for a short run
	$(INSTALL_SERVICES)
	$(CARGO) build $(if $(filter-out 0,$(SMALL)),,--release) --package bellhop
	BELLHOP_BIN=$(abspath $(dir $(BINARIES)))/$(if $(filter-out 0,$(SMALL)),debug,release)/bellhop SMALL=$(filter-out 0,$(SMALL)) $(CONSOLE) proof

release: tools ## what is released, in target/release-artefacts: binary, .deb, container image, bill of materials, checksums
	$(CONSOLE) build
	$(CARGO) build --release --locked --package bellhop
	deploy/release/build.sh $(dir $(BINARIES))release/bellhop $(dir $(BINARIES))release-artefacts

check-deploy: ## deploy/ without building the program: scripts, units, alert rules, compose and chart files, the package of a stub
	$(INSTALL_SERVICES) deploy
	deploy/test.sh

verify-deploy: ## the chart and compose file against the schemas of Kubernetes, its operators and Compose; builds helm with Go
	deploy/helm/verify.sh

try-deploy: tools ## what is deployed, at work: the package in machines of its own, backup and restore, dashboard and alerts (root; a quarter of an hour)
	$(INSTALL_SERVICES)
	$(INSTALL_SERVICES) deploy
	$(CARGO) build --package bellhop
	python3 deploy/prometheus/live-test.py $(BINARIES)/bellhop
	for way in sqlite dump time; do python3 deploy/restore/restore-test.py $(BINARIES)/bellhop $$way || exit 1; done
	deploy/deb/boot-test.sh $(BINARIES)/bellhop
	deploy/deb/boot-test.sh $(BINARIES)/bellhop fleet

tools:
	@command -v $(CARGO) > /dev/null || { echo "missing: cargo. Install Rust from https://rustup.rs" >&2; exit 1; }
	@command -v cc > /dev/null || { echo "missing: a C compiler (cc). Run: apt-get install gcc libc6-dev" >&2; exit 1; }
