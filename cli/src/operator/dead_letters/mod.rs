//! `bridge dead-letters`: what was given up, why, and once more.

mod id;
mod letters;
pub mod queues;
mod redrive;
mod show;

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use shared::ids::{ContactId, IntegrationName};
use shared::time::Timestamp;

use self::letters::Letters;
use super::place;
use super::table::layout;
use crate::failure;

/// What is done, and where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    place: place::Arguments,
    /// This integration only; `unreadable` for what could not be read at all.
    #[arg(long, global = true)]
    integration: Option<String>,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// All of them, the oldest first; of a stack also how many messages lie in its dead-letter queues.
    List,
    /// One of them: the reason, the attempts, what the other side was told.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// Prints the event too, with what the customer or the agent wrote.
        #[arg(long)]
        show_body: bool,
    },
    /// Sends events again. Each gets its full time once more; when it fails again, it comes back as a new dead letter.
    Redrive(redrive::Arguments),
}

/// Does it.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let integration = arguments.integration.as_deref().map(super::integration).transpose()?;
    let place = arguments.place.open().await?;
    if let Action::Redrive(redrive) = &arguments.action
        && redrive.queues()
    {
        let stack = place.stack().ok_or_else(|| {
            failure::misconfigured(anyhow!(
                "--queues is for a stack: a data directory has no dead-letter queues"
            ))
        })?;
        return queues::redrive(stack).await;
    }
    let letters = Letters::read(&place, integration).await?;
    match &arguments.action {
        Action::List => {
            let queues = match place.stack() {
                Some(stack) => Some(queues::count(stack).await?),
                None => None,
            };
            list(&letters, queues.as_ref(), arguments.json);
            Ok(())
        }
        Action::Show { id, show_body } => {
            show::run(&place, letters.one(id)?, *show_body, arguments.json).await
        }
        Action::Redrive(redrive) => redrive::run(&place, letters, redrive, arguments.json).await,
    }
}

fn list(letters: &Letters, queues: Option<&queues::Counts>, as_json: bool) {
    if as_json {
        let shown: Vec<Value> = letters.all().iter().map(letters::Letter::to_json).collect();
        println!(
            "{:#}",
            json!({ "deadLetters": shown, "queues": queues.map(queues::Counts::to_json) })
        );
        return;
    }
    let rows: Vec<_> = letters.all().iter().map(letters::Letter::row).collect();
    let titles = ["ID", "GIVEN UP", "INTEGRATION", "DIRECTION", "CONTACT", "CODE", "REASON"];
    layout(titles, &rows).iter().for_each(|line| println!("{line}"));
    queues.into_iter().flat_map(queues::Counts::lines).for_each(|line| println!("{line}"));
}

/// What is known of a dead letter without what was written.
#[derive(Debug)]
pub struct Summary {
    /// When the event was given up.
    pub at: Timestamp,
    /// Why, in one word.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Whose conversation it was, where the event can be read.
    pub contact: Option<ContactId>,
}

/// The dead letters of an integration, the oldest first.
pub async fn summaries(
    place: &place::Place,
    integration: IntegrationName,
) -> anyhow::Result<Vec<Summary>> {
    let letters = Letters::read(place, Some(integration)).await?;
    let summary = |letter: &letters::Letter| Summary {
        at: letter.content.at,
        code: letter.content.code.clone(),
        reason: letter.content.summary.clone(),
        contact: letter.event().and_then(|event| event.contact),
    };
    Ok(letters.all().iter().map(summary).collect())
}
