//! The function lynn-inbound: only wiring.

use std::sync::Arc;

use aws::{Error, Function, answer};
use lynn_inbound::{CopyLinks, Front, LynnInbound, REQUIREMENTS};
use media::LinkCheck;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::about::built_from(env!("BRIDGE_COMMIT"));
    let function = Function::start(&REQUIREMENTS).await?;
    let settings = function.settings()?;
    let check = LinkCheck { settings: Arc::clone(&settings), clock: function.clock() };
    let front = Front {
        links: CopyLinks { check, copies: function.copies()? },
        lynn: LynnInbound {
            settings,
            queue: function.queue()?,
            store: function.table()?,
            clock: function.clock(),
        },
    };
    answer(|request| front.handle(request)).await
}
