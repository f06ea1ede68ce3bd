//! The messages about which Genesys was asked without an answer: the bridge cannot know whether
//! Genesys accepted them.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;
use shared::ports::VendorRequest;

use crate::genesys::text;
use crate::lock;

/// The ids of messages with a call that has no answer, or none yet.
#[derive(Default)]
pub(crate) struct Silence(Mutex<BTreeSet<String>>);

/// A call without an answer. A call that never ends, since its process died, stays so.
pub(crate) struct Call {
    message: String,
    /// Whether an earlier call about the same message had no answer.
    before: bool,
}

impl Silence {
    pub(crate) fn begin(&self, request: &VendorRequest) -> Option<Call> {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let message = whole(text(&body, "/channel/messageId"));
        if message.is_empty() {
            return None;
        }
        let before = !lock(&self.0).insert(message.to_owned());
        Some(Call { message: message.to_owned(), before })
    }

    /// The answer of a call reached its caller, or the call did not reach the vendor.
    pub(crate) fn end(&self, call: Option<Call>) {
        if let Some(call) = call.filter(|call| !call.before) {
            lock(&self.0).remove(&call.message);
        }
    }

    /// Whether any call about this message, or about a part of it, had no answer.
    pub(crate) fn is_about(&self, id: &str) -> bool {
        lock(&self.0).contains(whole(id))
    }
}

/// The id of the message that a part belongs to.
fn whole(part: &str) -> &str {
    part.split('.').next().unwrap_or_default()
}
