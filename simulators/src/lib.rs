//! A fake Genesys Cloud and a fake Lynn, as strict and as inconvenient as the vendors.
//!
//! Both serve real HTTP on `127.0.0.1`. They share no code with the bridge: each is a second,
//! independent implementation of the contract, so that a mistake on one side shows on the other.
//!
//! - [`GenesysSimulator`] is the Open Messaging side of Genesys Cloud: login, the inbound API,
//!   signed webhooks, and lifecycle events; and the administration API, which sets all of it up.
//! - [`LynnSimulator`] is Lynn: the webhook, the proactive campaign, token exchange, and a flow
//!   that posts events.
//! - [`Collector`] takes the traces that the bridge sends to OpenTelemetry.

mod change;
mod clock;
mod collector;
mod files;
mod genesys;
mod http;
mod lynn;
mod outgoing;
mod record;
mod signature;

pub use clock::set_clocks_ahead;
pub use collector::Collector;
pub use files::{FetchedFile, FileOptions};
pub use genesys::{
    Attempt, Completion, Delivery, EVENT_TOPICS, Effect, Endpoint, Fault, GenesysOptions,
    GenesysSimulator, LifecycleEvent, ObjectKind, OnRepeat, People, PlatformHabits,
    workflow_that_posts,
};
pub use lynn::{
    LynnAuthentication, LynnFault, LynnOptions, LynnSimulator, OpenWebhook, PostResult,
};
pub use record::{RecordedRequest, TranscriptLine};
