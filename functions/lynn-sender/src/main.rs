//! The function lynn-sender: wiring, nothing else.

use std::sync::Arc;

use lynn_sender::{LynnRoute, NEEDS};
use shared::aws::needs::OUTBOUND_QUEUE_URL;
use shared::aws::{Error, Function};
use shared::lynn::client::LynnClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&NEEDS).await?;
    let client = LynnClient::new(function.vendor()?, function.tokens()?, function.clock());
    let route = LynnRoute { client: Arc::new(client) };
    function.deliver(route, OUTBOUND_QUEUE_URL).await
}
