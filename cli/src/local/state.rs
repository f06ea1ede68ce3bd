//! The present state, in addition to the traffic: the customers, who is in their conversations, the
//! queues, the dead letters, the faults and the clock.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::People;
use tokio::sync::watch;
use tokio::time::sleep;

use super::letters;
use super::playground::Playground;

/// How long the state is gathered after something has passed: a burst is shown once.
const GATHERING: Duration = Duration::from_millis(80);
/// How often the page gets the state while nothing passes: waiting events grow older.
const OFTEN: Duration = Duration::from_secs(2);

/// The state as JSON, and notice of its changes. It ends with its sender.
pub type Seen = watch::Receiver<Arc<str>>;

/// Looks at the state whenever something passes, for ever.
pub async fn observe(playground: Arc<Playground>, seen: watch::Sender<Arc<str>>) {
    let mut passed = playground.traffic.watch();
    loop {
        let state: Arc<str> = of(&playground).await.to_string().into();
        seen.send_if_modified(|known| {
            let is_new = *known != state;
            if is_new {
                *known = state;
            }
            is_new
        });
        tokio::select! {
            changed = passed.changed() => if changed.is_err() { return },
            () = sleep(OFTEN) => {}
        }
        sleep(GATHERING).await;
    }
}

async fn of(playground: &Playground) -> Value {
    let (genesys, lynn) = (&playground.cast.vendors.genesys, &playground.cast.vendors.lynn);
    let mut customers = Vec::new();
    for contact in playground.traffic.customers() {
        let people = genesys.people(&contact);
        customers.push(json!({
            "id": contact,
            "conversation": playground.conversation(&contact).await,
            "people": people.as_ref().map(described),
            "sessionOver": lynn.is_session_over(&contact),
            "refusedWith": lynn.refuses_with(&contact),
        }));
    }
    let (waiting, dead_letters) = match letters::look(playground).await {
        Ok(found) => (found.waiting, json!(found.letters)),
        Err(error) => (Value::Null, json!({ "error": crate::failure::words(&error) })),
    };
    json!({
        "runs": playground.runs(),
        "aheadMs": playground.clock.ahead(),
        "customers": customers,
        "waiting": waiting,
        "deadLetters": dead_letters,
        "genesys": { "down": genesys.is_down(), "faults": genesys.waiting_faults() },
        "lynn": { "down": lynn.is_down(), "faults": lynn.waiting_faults() },
    })
}

fn described(people: &People) -> Value {
    json!({
        "open": people.is_open,
        "waits": people.waits,
        "rung": people.rung,
        "connected": people.connected,
    })
}
