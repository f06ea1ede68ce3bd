//! A deployed stack that many tests share: each configures an integration under a name of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bridge");
/// Names the state file of a running `local-aws`.
const STATE: &str = "BRIDGE_STACK";
/// Names the file with what it says on stderr: the lines of all functions.
const LOG: &str = "BRIDGE_STACK_LOG";

/// A stack that runs already.
pub struct Stack {
    address: String,
    emulator: String,
    name: String,
    log: PathBuf,
}

impl Stack {
    /// The stack that the environment names, if any.
    pub fn given() -> Option<Self> {
        let file = variable(STATE)?;
        let text = std::fs::read_to_string(&file).expect("the state of a running local-aws");
        let state: Value = serde_json::from_str(&text).expect("JSON");
        let text = |key: &str| state[key].as_str().expect(key).to_owned();
        Some(Self {
            address: text("front"),
            emulator: text("emulator"),
            name: text("stack"),
            log: variable(LOG).expect("BRIDGE_STACK_LOG goes with BRIDGE_STACK").into(),
        })
    }

    /// A name that no other test has.
    pub fn own_name(name: &str) -> String {
        format!("{name}-{}", &uuid::Uuid::new_v4().simple().to_string()[..12])
    }

    /// Whether a name is `name` itself or was made from it.
    pub fn is_own_name(own: &str, name: &str) -> bool {
        let made = |own: &str| own.rsplit_once('-').is_some_and(|(before, _)| before == name);
        own == name || made(own)
    }

    /// Where its endpoints are.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What all its functions have written.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Stores a configuration file, as its user does.
    pub fn configure(&self, file: &Path) {
        let output = Command::new(PROGRAM)
            .args(["config", "push", "--stack", &self.name, "--config"])
            .arg(file)
            .envs([
                ("AWS_ENDPOINT_URL", self.emulator.as_str()),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_REGION", "us-east-1"),
            ])
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the configuration is not stored:\n{said}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
