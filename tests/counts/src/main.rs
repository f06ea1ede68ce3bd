//! Accepts or delivers messages on ports in memory or on SQLite, for a tool that counts what it
//! costs: `counts CASE MESSAGES [FOLDER]`.

mod bridge;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::bridge::Bridge;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (case, count) = (arguments.next(), arguments.next());
    let (case, count) = case.zip(count).context("counts CASE MESSAGES [FOLDER]")?;
    let folder = arguments.next().map(PathBuf::from);
    let temporary = tempfile::tempdir()?;
    let folder = folder.as_deref().unwrap_or(temporary.path());
    let on_disk = case.ends_with("-on-sqlite");
    let mut bridge = Bridge::start(on_disk.then_some(folder))?;
    for number in 0..count.parse()? {
        match case.trim_end_matches("-on-sqlite") {
            "accept-lynn" => bridge.message_of_lynn(number).await?,
            "accept-genesys" => bridge.webhook(number).await?,
            "inbound" => {
                bridge.message_of_lynn(number).await?;
                bridge.deliver().await;
            }
            "outbound" => {
                bridge.webhook(number).await?;
                bridge.deliver().await;
            }
            other => bail!("{other} is no case"),
        }
    }
    bridge.check(&case, count.parse()?)?;
    // Closing the database would empty its log, which a test reads.
    std::mem::forget(bridge);
    Ok(())
}
