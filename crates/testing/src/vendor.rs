//! A vendor that does what a script says, and remembers what it was asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Method};
use shared::ports::{Clock, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::time::Timestamp;

/// How often others have their turn before a slow answer comes.
const SLOW_TURNS: usize = 1_000;

/// What the vendor does with one call.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// It answers; with 2xx it has taken the call.
    Answer(VendorResponse),
    /// It answers so late that everything else that can happen has happened.
    Slow(VendorResponse),
    /// It cannot be reached, and sees nothing.
    Unreachable,
    /// The connection breaks, before or after it has taken the call.
    Dropped {
        /// Whether it has taken the call.
        taken: bool,
    },
    /// It lets the call's time run out, with or without taking it.
    Late {
        /// Whether it has taken the call.
        taken: bool,
    },
}

impl Reaction {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self::Answer(answer(status, ""))
    }

    /// An answer with a body.
    pub fn body(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Answer(answer(status, body))
    }

    /// An answer that asks to be left alone for some seconds.
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

/// A plain answer.
pub fn answer(status: u16, body: impl Into<Bytes>) -> VendorResponse {
    VendorResponse { status, headers: HeaderMap::new(), body: body.into() }
}

/// A call as the vendor saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it came.
    pub at: Timestamp,
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the vendor took it, whatever the caller learned.
    pub taken: bool,
    /// Whether the caller was told so.
    pub answered: bool,
}

type Script = Box<dyn Fn(&VendorRequest) -> Reaction + Send + Sync>;

/// [`Vendor`] in memory.
pub struct ScriptedVendor {
    clock: Arc<dyn Clock>,
    script: Script,
    seen: Mutex<Vec<Seen>>,
}

#[derive(Debug, thiserror::Error)]
#[error("so the script says")]
struct Scripted;

impl ScriptedVendor {
    /// A vendor that asks the script about each call.
    pub fn new(
        clock: Arc<dyn Clock>,
        script: impl Fn(&VendorRequest) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        Self { clock, script: Box::new(script), seen: Mutex::default() }
    }

    /// The calls so far, in order; what could not be reached was not seen.
    pub fn seen(&self) -> Vec<Seen> {
        self.log().clone()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendor for ScriptedVendor {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        tokio::task::yield_now().await;
        let reaction = (self.script)(&request);
        if !matches!(reaction, Reaction::Unreachable) {
            self.log().push(Seen {
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
