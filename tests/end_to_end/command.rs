//! Runs a command of the program to its end.

use std::process::Command;

use serde_json::Value;

use crate::process::program;

#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    /// Its standard error.
    pub said: String,
}

impl Ended {
    /// Expects success, and returns the output.
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.output
    }

    /// Expects success and JSON, and returns the JSON.
    pub fn json(self) -> Value {
        let output = self.good();
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Expects a failure with this exit code, and returns the standard error.
    pub fn bad(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.said
    }
}

/// Runs the program without blocking other tasks.
pub async fn run(arguments: &[&str], environment: &[(String, String)]) -> Ended {
    let mut command = Command::new(program());
    // Ignores the settings of the machine's own account.
    for name in [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "GENESYS_ADMIN_CLIENT_ID",
        "GENESYS_ADMIN_CLIENT_SECRET",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment.iter().cloned()).stdin(std::process::Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), output: text(output.stdout), said: text(output.stderr) }
}
