//! The function lynn-inbound: wiring, nothing else.

use lynn_inbound::{LynnInbound, NEEDS};
use shared::aws::{Error, Function, answer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&NEEDS).await?;
    let endpoint = LynnInbound {
        settings: function.settings()?,
        queue: function.queue()?,
        store: function.store()?,
        clock: function.clock(),
    };
    answer(|request| endpoint.handle(request)).await
}
