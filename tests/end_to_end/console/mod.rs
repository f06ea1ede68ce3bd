//! `bridge console`: the operator's page, beside a bridge that runs.

mod browser;
mod looking;
mod many;
mod redriving;
mod refusing;
pub mod running;

use crate::harness::{Harness, fault, status};
use simulators::Endpoint;

/// A phone number, which nothing shows that was not asked for.
const PHONE: &str = "5215512345678";

/// Genesys Cloud refuses a contact's message for good.
async fn refused(harness: &Harness, contact: &str, id: &str, text: &str) {
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say(contact, id, text).await;
    harness.logged(&[("event.name", "failed"), ("event.id", id)]).await;
}
