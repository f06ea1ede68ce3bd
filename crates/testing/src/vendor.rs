//! A vendor that follows a script and remembers the calls it received.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Method};
use shared::lock::lock;
use shared::ports::{Clock, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::time::Timestamp;

/// How often other tasks run before a slow answer arrives.
const SLOW_TURNS: usize = 1_000;

/// The vendor's reaction to one call.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// Answers. The vendor accepts the call if the status is 2xx.
    Answer(VendorResponse),
    /// Answers so late that all other possible events happen first.
    Slow(VendorResponse),
    /// The vendor cannot be reached and does not see the call.
    Unreachable,
    /// The connection breaks, before or after the vendor accepted the call.
    Dropped {
        /// Whether the vendor accepted the call.
        taken: bool,
    },
    /// The call times out; the vendor accepts it or not.
    Late {
        /// Whether the vendor accepted the call.
        taken: bool,
    },
}

impl Reaction {
    pub fn status(status: u16) -> Self {
        Self::Answer(answer(status, ""))
    }

    pub fn body(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Answer(answer(status, body))
    }

    /// An answer that asks the caller to wait for `pause`, by `Retry-After`.
    pub fn later(status: u16, pause: Duration) -> Self {
        let mut response = answer(status, "");
        response.headers.insert(RETRY_AFTER, HeaderValue::from(pause.as_secs()));
        Self::Answer(response)
    }

    fn takes(&self) -> bool {
        match self {
            Self::Answer(response) | Self::Slow(response) => (200..300).contains(&response.status),
            Self::Unreachable => false,
            Self::Dropped { taken } | Self::Late { taken } => *taken,
        }
    }
}

pub fn answer(status: u16, body: impl Into<Bytes>) -> VendorResponse {
    VendorResponse { status, headers: HeaderMap::new(), body: body.into() }
}

/// A call as the vendor saw it.
#[derive(Clone, Debug)]
pub struct RecordedCall {
    pub at: Timestamp,
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the vendor accepted the call, whether or not the caller learned it.
    pub taken: bool,
    /// Whether the caller got an answer, of any status.
    pub answered: bool,
}

type Script = Box<dyn Fn(&VendorRequest) -> Reaction + Send + Sync>;

/// [`Vendor`] in memory.
pub struct ScriptedVendor {
    clock: Arc<dyn Clock>,
    script: Script,
    seen: Mutex<Vec<RecordedCall>>,
}

#[derive(Debug, thiserror::Error)]
#[error("so the script says")]
struct Scripted;

impl ScriptedVendor {
    /// The script decides how the vendor reacts to each call.
    pub fn new(
        clock: Arc<dyn Clock>,
        script: impl Fn(&VendorRequest) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        Self { clock, script: Box::new(script), seen: Mutex::default() }
    }

    /// The calls so far, in order. Calls that did not reach the vendor are missing.
    pub fn seen(&self) -> Vec<RecordedCall> {
        self.log().clone()
    }

    fn log(&self) -> MutexGuard<'_, Vec<RecordedCall>> {
        lock(&self.seen)
    }
}

#[async_trait]
impl Vendor for ScriptedVendor {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        tokio::task::yield_now().await;
        let reaction = (self.script)(&request);
        if !matches!(reaction, Reaction::Unreachable) {
            self.log().push(RecordedCall {
                at: self.clock.now(),
                method: request.method,
                url: request.url,
                headers: request.headers,
                body: request.body,
                taken: reaction.takes(),
                answered: matches!(reaction, Reaction::Answer(_) | Reaction::Slow(_)),
            });
        }
        match reaction {
            Reaction::Answer(response) => {
                tokio::task::yield_now().await;
                Ok(response)
            }
            Reaction::Slow(response) => {
                for _ in 0..SLOW_TURNS {
                    tokio::task::yield_now().await;
                }
                Ok(response)
            }
            Reaction::Unreachable => Err(VendorError::NotSent(Box::new(Scripted))),
            Reaction::Dropped { .. } => Err(VendorError::Uncertain(Box::new(Scripted))),
            Reaction::Late { .. } => {
                self.clock.sleep(request.timeout).await;
                Err(VendorError::Uncertain(Box::new(Scripted)))
            }
        }
    }
}
