//! The function genesys-events: only wiring.

use aws::{Error, Function, take};
use genesys_events::{GenesysEvents, REQUIREMENTS};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&REQUIREMENTS).await?;
    let events = GenesysEvents {
        store: function.table()?,
        queue: function.queue()?,
        clock: function.clock(),
    };
    let events = &events;
    take(move |event, trace| async move { events.handle(&event, trace).await }).await
}
