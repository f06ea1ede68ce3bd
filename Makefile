# Everything a developer of the bridge needs. `make test` is what continuous integration runs.

.PHONY: test format lint docs dependencies tests demo bench tools

test: tools format lint docs dependencies tests demo

format:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets --quiet -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --quiet

dependencies:
	cargo deny check --deny warnings licenses bans sources
	@cargo deny fetch db 2>/dev/null || { echo "Security advisories NOT checked: their database cannot be reached from here."; exit 0; } \
		&& cargo deny --offline check advisories

tests:
	cargo nextest run --workspace --no-fail-fast
	cargo test --workspace --doc --quiet

demo:
	cargo run --quiet -- demo

bench:
	cargo build --release --quiet --package bridge --bin bridge --example load
	target/release/examples/load

tools:
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked --quiet
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet

# The deployed bridge on an AWS emulator of this machine: make local-aws CONFIG=bridge.json [PORT=8788]
.PHONY: local-aws sam-invoke sam-invoke-all
PORT ?= 8788
local-aws:
	@tools/install
	@cargo build --quiet --package local-aws --package bridge
	@exec target/debug/local-aws --port $(PORT) $(if $(CONFIG),--config $(CONFIG))

# One function on one event: make sam-invoke FUNCTION=lynn-inbound EVENT=events/invoke/lynn-inbound/message.json
sam-invoke:
	@tools/sam-invoke "$(FUNCTION)" "$(EVENT)"

# Every event of events/invoke; needs Docker.
sam-invoke-all:
	@tools/invoke-all

.PHONY: cold-start cost release comparisons

# How fast the functions start, how large they are, and the same in Node and Python. Best on a machine that does nothing else.
cold-start: release comparisons
	cargo run --release --quiet --package benchmarks --bin cold-start

# What a million messages cost on AWS, from the calls that the functions make and public prices.
cost: release
	cargo run --release --quiet --package benchmarks --bin cost

# The functions as they are deployed.
release:
	tools/install
	PATH="$(CURDIR)/.tools/cargo-lambda/bin:$(CURDIR)/.tools/sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
		sam build --template template.yaml --build-dir .aws-sam/release

comparisons:
	benchmarks/install
