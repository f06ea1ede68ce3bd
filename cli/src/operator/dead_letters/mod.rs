//! `bridge dead-letters`: what was given up, why, and once more.

mod filter;
mod id;
mod letters;
mod list;
pub mod queues;
mod redrive;
mod show;
mod telling;

use anyhow::anyhow;
use clap::Subcommand;
use shared::ids::IntegrationName;
use shared::time::Timestamp;

use self::letters::Letters;
use super::place;
use crate::failure;
use crate::output;

/// What is done, and where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    place: place::Arguments,
    /// This integration only; `unreadable` for what could not be read at all.
    #[arg(long, global = true)]
    integration: Option<String>,
    #[command(flatten)]
    filter: filter::Filter,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The oldest first, page by page; of a stack also how many messages lie in its dead-letter queues.
    List(list::Arguments),
    /// One of them: the reason, the attempts, what the other side was told.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// Prints the event too, with what the customer or the agent wrote.
        #[arg(long)]
        show_body: bool,
    },
    /// Sends events again, after what their conversations have sent since and in the order they had among themselves. Each gets
    /// its full time once more; when it fails again, it comes back as a new dead letter. Its sender is not told again: failed
    /// is final.
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
        return queues::redrive(stack, redrive.dry_run()).await;
    }
    let letters = Letters::read(&place, integration.clone(), &arguments.filter).await?;
    match &arguments.action {
        Action::List(page) => {
            let queues = match place.stack() {
                Some(stack) => Some(queues::count(stack).await?),
                None => None,
            };
            list::run(&place, &letters, page, queues.as_ref(), arguments.json).await?;
            match (letters.all(), letters.kept_out()) {
                ([], 0) => {
                    let integration = integration.as_ref();
                    arguments.place.nothing(&place, integration, "No dead letters.").await?;
                }
                ([], 1) => output::note("No dead letter matches; 1 is kept that does not match."),
                ([], others) => output::note(format_args!(
                    "No dead letter matches; {others} are kept that do not match."
                )),
                _ => {}
            }
            Ok(())
        }
        Action::Show { id, show_body } => {
            show::run(&place, letters.one(id)?, *show_body, arguments.json).await
        }
        Action::Redrive(redrive) => redrive::run(&place, &letters, redrive, arguments.json).await,
    }
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
    /// Whose conversation it was, as in the log, where the event can be read.
    pub fingerprint: Option<String>,
}

/// The dead letters of an integration, the oldest first.
pub async fn summaries(
    place: &place::Place,
    integration: IntegrationName,
) -> anyhow::Result<Vec<Summary>> {
    let letters = Letters::read(place, Some(integration), &filter::Filter::default()).await?;
    let summary = |letter: &letters::Letter| Summary {
        at: letter.kept.content.at,
        code: letter.kept.content.code.clone(),
        reason: letter.kept.content.summary.clone(),
        fingerprint: letter.kept.subject.as_ref().map(|subject| subject.fingerprint.clone()),
    };
    Ok(letters.all().iter().map(summary).collect())
}
