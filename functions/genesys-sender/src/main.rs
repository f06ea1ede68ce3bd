//! The function genesys-sender: only wiring.

use std::sync::Arc;

use aws::requirements::INBOUND_QUEUE_URL;
use aws::{Error, Function};
use clients::genesys::client::GenesysClient;
use genesys_sender::{GenesysRoute, REQUIREMENTS};
use media::Relaying;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&REQUIREMENTS).await?;
    let client = GenesysClient::new(function.vendor()?, function.tokens()?, function.clock());
    let route = GenesysRoute { client: Arc::new(client) };
    // Lynn's links need no Genesys token.
    let relay = function.relay(None)?;
    function.deliver(Relaying { route, relay }, INBOUND_QUEUE_URL).await
}
