//! Reads the present state while a page is open.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::state::Console;
use crate::failure;
use crate::operator::dead_letters::Summary;
use crate::operator::status::look;

/// The pause between two looks at a data directory, and at a stack, where each costs.
const DIRECTORY_PAUSE: Duration = Duration::from_secs(2);
const STACK_PAUSE: Duration = Duration::from_secs(15);
/// At most a tenth of the time is spent on looking.
const SHARE: u32 = 10;

/// The overview as JSON, and notice of its changes. It ends with its sender.
pub type Overview = watch::Receiver<Arc<str>>;

/// Looks for as long as pages are open, for ever.
pub async fn observe(console: Arc<Console>, seen: watch::Sender<Arc<str>>) {
    let shortest = if console.is_stack() { STACK_PAUSE } else { DIRECTORY_PAUSE };
    loop {
        // The site itself holds one receiver.
        while seen.receiver_count() <= 1 {
            sleep(Duration::from_millis(100)).await;
        }
        let begun = Instant::now();
        let overview = match overview(&console).await {
            Ok(overview) => overview,
            Err(error) => json!({ "error": failure::words(&error) }),
        };
        seen.send_replace(overview.to_string().into());
        sleep(shortest.max(begun.elapsed() * SHARE)).await;
    }
}

async fn overview(console: &Console) -> anyhow::Result<Value> {
    let mut report = look::without_letters(&console.arguments, &console.installation).await?;
    for letter in &console.letters().await?.value.all {
        report.gave_up(&letter.kept.integration, Summary::of(letter));
    }
    let mut overview = report.to_json();
    overview["at"] = json!(report.at.to_text());
    overview["notes"] = json!(report.notes);
    Ok(overview)
}
