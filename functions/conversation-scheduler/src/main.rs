//! The function conversation-scheduler: only wiring.

use aws::{Error, Function, take};
use conversation_scheduler::{ConversationScheduler, MOST, REQUIREMENTS};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&REQUIREMENTS).await?;
    let scheduler = ConversationScheduler {
        store: function.table()?,
        queue: function.queue()?,
        clock: function.clock(),
    };
    let scheduler = &scheduler;
    take(move |_, _| async move { scheduler.run(MOST).await.map(drop) }).await
}
