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
