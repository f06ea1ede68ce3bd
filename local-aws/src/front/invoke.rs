//! Invokes a function as API Gateway does: synchronously, for at most 30 s, and never twice.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::emulator::{Emulator, authorization};

/// The longest time that API Gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(30);
/// The header that marks the payload as a failure of the function.
const FUNCTION_ERROR: &str = "x-amz-function-error";

#[derive(Debug)]
pub struct Invoker {
    client: reqwest::Client,
    endpoint: String,
}

#[derive(Debug)]
pub enum Failure {
    /// Too many invocations at the same time.
    Throttled,
    /// No answer within 30 s.
    TimedOut,
    /// The function failed, with Lambda's error payload.
    Function(String),
    Emulator(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled => formatter.write_str("throttled"),
            Self::TimedOut => write!(formatter, "no answer within {} s", PATIENCE.as_secs()),
            Self::Function(error) => write!(formatter, "the function failed: {error}"),
            Self::Emulator(error) => write!(formatter, "the emulator failed: {error}"),
        }
    }
}

impl Invoker {
    /// Invokes the functions of this emulator.
    pub fn new(emulator: &Emulator) -> Self {
        Self { client: emulator.client(), endpoint: emulator.endpoint().to_owned() }
    }

    /// Invokes a function and returns its payload.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Bytes, Failure> {
        let invoke = self.send(function, event);
        tokio::time::timeout(PATIENCE, invoke).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn send(&self, function: &str, event: &Value) -> Result<Bytes, Failure> {
        let broken = |error: reqwest::Error| Failure::Emulator(error.to_string());
        let address = format!("{}/2015-03-31/functions/{function}/invocations", self.endpoint);
        let request =
            self.client.post(address).header("authorization", authorization("lambda")).json(event);
        let answer = request.send().await.map_err(broken)?;
        let status = answer.status();
        let failed = answer.headers().contains_key(FUNCTION_ERROR);
        let payload = answer.bytes().await.map_err(broken)?;
        let said = || String::from_utf8_lossy(&payload).into_owned();
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(Failure::Throttled),
            _ if failed => Err(Failure::Function(said())),
            status if status.is_success() => Ok(payload),
            status => Err(Failure::Emulator(format!("{status} {}", said()))),
        }
    }
}
