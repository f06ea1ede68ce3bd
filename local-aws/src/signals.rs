//! What ends the program: Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when the program is asked to end.
pub async fn end() -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("local-aws: taking everything down");
    Ok(())
}
