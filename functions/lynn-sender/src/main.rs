//! The function lynn-sender: wiring, nothing else.

use std::sync::Arc;

use lynn_sender::{LynnRoute, NEEDS};
use shared::aws::needs::OUTBOUND_QUEUE_URL;
use shared::aws::{Error, Function};
use shared::lynn::client::LynnClient;
use shared::media::Relaying;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&NEEDS).await?;
    let (vendor, tokens) = (function.vendor()?, function.tokens()?);
    let client = LynnClient::new(Arc::clone(&vendor), Arc::clone(&tokens), function.clock());
    let route = LynnRoute { client: Arc::new(client) };
    let relay = function.relay(Some((vendor, tokens)))?;
    function.deliver(Relaying { route, relay }, OUTBOUND_QUEUE_URL).await
}
