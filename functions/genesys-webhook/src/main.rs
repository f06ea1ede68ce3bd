//! The function genesys-webhook: only wiring.

use aws::{Error, Function, answer};
use genesys_webhook::{GenesysWebhook, REQUIREMENTS};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::about::built_from(env!("BRIDGE_COMMIT"));
    let function = Function::start(&REQUIREMENTS).await?;
    let endpoint = GenesysWebhook {
        settings: function.settings()?,
        queue: function.queue()?,
        table: None,
        clock: function.clock(),
    };
    answer(|request| endpoint.handle(request)).await
}
