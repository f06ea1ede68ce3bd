//! Waits for the signals that end the program: Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

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
