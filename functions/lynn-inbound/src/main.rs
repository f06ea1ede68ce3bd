//! The function lynn-inbound: wiring, nothing else.

use lynn_inbound::{CopyLinks, LynnInbound, NEEDS};
use shared::aws::{Error, Function, answer};
use shared::media::{LinkCheck, is_link};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::start(&NEEDS).await?;
    let settings = function.settings()?;
    let check = LinkCheck { settings: std::sync::Arc::clone(&settings), clock: function.clock() };
    let links = CopyLinks { check, copies: function.copies()? };
    let endpoint = LynnInbound {
        settings,
        queue: function.queue()?,
        store: function.store()?,
        clock: function.clock(),
    };
    let (endpoint, links) = (&endpoint, &links);
    answer(|request| async move {
        if is_link(request.uri().path()) {
            links.handle(request).await
        } else {
            endpoint.handle(request).await
        }
    })
    .await
}
