//! `bridge console`: the operator's page on this machine, for a data directory or a stack.
//!
//! Rules: looking disturbs no running bridge and changes nothing. Ids of contacts and texts leave
//! this program only when the operator asks for them, and a look at them that cannot be recorded is
//! refused.

mod audit;
mod cached;
mod choice;
mod contacts;
mod dry_run;
mod history;
mod index;
mod job;
mod key;
mod letters;
mod observe;
mod personal;
mod plan;
mod query;
mod queue;
mod run_job;
mod site;
mod state;
mod stream;
mod timeline;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::watch;

use self::key::Key;
use self::site::Site;
use self::state::Console;
use crate::operator::installation;
use crate::same_origin::{self, SameOrigin};
use crate::serve::{Signals, announce};

/// The usual address, beside those of `bridge local`.
const USUAL: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8783));

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    installation: installation::Arguments,
    /// The address of the page; port 0, as in 127.0.0.1:0, takes a free port. Without this option:
    /// 127.0.0.1:8783, or a free port if that one is in use.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Allows the page to redrive dead letters. Without it, the page changes nothing.
    #[arg(long)]
    allow_redrive: bool,
}

/// Serves the page until SIGTERM or SIGINT, or until its terminal is closed. A redrive in progress
/// ends after the dead letter in hand.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    same_origin::check(arguments.listen)?;
    let console = Arc::new(Console::open(arguments.installation, arguments.allow_redrive).await?);
    let mut signals = Signals::with_terminal()?;
    let listen = match arguments.listen {
        Some(listen) => listen,
        None => same_origin::free(USUAL).await?,
    };
    let key = Key::random();
    let (seen, overview) = watch::channel(Arc::from("{}"));
    let observer = tokio::spawn(observe::observe(Arc::clone(&console), seen));
    let site = Site::new(Arc::clone(&console), key.clone(), overview);
    let server = SameOrigin::serve(listen, Arc::new(site))
        .await
        .with_context(|| format!("listen on {listen}; is another program using it?"))?;
    announce(&format!("The console:  http://{}/#key={}", server.address(), key.text()))?;
    announce(&format!("It shows:     {}", console.place))?;
    announce(&format!("Redriving:    {}", console.redriving()))?;
    announce(&format!("Audit log:    {}", console.audit.path().display()))?;
    announce("Keep the address to yourself: its key opens the page. Ctrl-C ends it.")?;
    signals.wait().await;
    console.jobs.stop().await;
    // Ends the streams of the pages, which would be waited for.
    observer.abort();
    let _ = observer.await;
    server.stop().await;
    Ok(())
}
