//! The vendors' reports on the messages that they accepted.

use std::sync::Arc;

use serde_json::json;

use super::{instant, notification};
use crate::callers::{self, Post};
use crate::canaries::CONTACTS;
use crate::lock;
use crate::run::Simulation;

/// The receipts that must be exercised.
pub(super) fn wanted() -> Vec<String> {
    let lynns = ["delivered", "read", "failed"].map(lynns_receipt);
    lynns.into_iter().chain(["Published", "Delivered", "Failed"].map(genesys_receipt)).collect()
}

fn lynns_receipt(status: &str) -> String {
    format!("receipt {status} of Lynn's")
}

fn genesys_receipt(status: &str) -> String {
    format!("receipt {status} of Genesys'")
}

/// Genesys reports what happened to a customer's message.
pub(crate) fn receipts(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: &str,
    (own, bridges): (&str, &str),
) {
    let mut statuses = vec![("Published", 20)];
    let further = [None, None, None, Some("Delivered"), Some("Delivered"), Some("Failed")];
    let further = simulation.environment.random(|random| random.pick(&further)).flatten();
    statuses.extend(further.map(|status| (status, 900)));
    let place = CONTACTS.iter().position(|known| *known == contact).unwrap_or_default();
    for (status, after) in statuses {
        lock(&simulation.environment.coverage).count(genesys_receipt(status));
        let mut body = notification(simulation, integration, place, own);
        body["type"] = json!("Receipt");
        body["status"] = json!(status);
        body["isFinalReceipt"] = json!(status != "Published");
        if simulation.scenario.setup.receipts_name_both {
            body["channel"]["messageId"] = json!(bridges);
        }
        let post = Post::genesys(integration, format!("{own}#{}", status.to_lowercase()), &body);
        callers::post_later(simulation, post, after);
    }
}

/// Lynn reports what happened to an agent's message.
pub(crate) fn lynn_receipts(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: &str,
    id: &str,
) {
    let number = lock(&simulation.posts).len();
    let words = ["delivered", "delivered", "read", "read", "failed"];
    let status = simulation.environment.random(|random| random.pick(&words)).unwrap_or_default();
    lock(&simulation.environment.coverage).count(lynns_receipt(status));
    let mut body = json!({
        "type": "receipt", "id": format!("r-{number}-{id}"), "messageId": id, "status": status,
        "time": instant(simulation.environment.now()), "contact": { "id": contact },
    });
    if status == "failed" {
        body["reason"] = json!({ "code": "unreachable", "message": "no such number" });
    }
    callers::post_later(
        simulation,
        Post::lynn(integration, format!("r-{number}-{id}"), &body),
        400,
    );
}
