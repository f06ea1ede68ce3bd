//! The function lynn-sender: only wiring.

use std::sync::Arc;

use aws::requirements::OUTBOUND_QUEUE_URL;
use aws::{Error, Function};
use clients::lynn::client::LynnClient;
use lynn_sender::{LynnRoute, Questions, REQUIREMENTS};
use media::Relaying;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&REQUIREMENTS).await?;
    let (vendor, tokens) = (function.vendor()?, function.tokens()?);
    let client = LynnClient::new(Arc::clone(&vendor), Arc::clone(&tokens), function.clock());
    let route = LynnRoute {
        client: Arc::new(client),
        store: function.store()?,
        clock: function.clock(),
        watch: None,
        questions: Questions::default(),
    };
    let relay = function.relay(Some((vendor, tokens)))?;
    function.deliver(Relaying { route, relay }, OUTBOUND_QUEUE_URL).await
}
