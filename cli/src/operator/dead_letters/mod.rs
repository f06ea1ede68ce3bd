//! `bridge dead-letters`: lists, shows and redrives events that were given up.

pub mod filter;
mod id;
pub mod letters;
pub mod list;
pub mod notice_status;
pub mod queues;
pub mod redrive;
pub mod show;

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::Value;
use shared::ids::IntegrationName;
use shared::ports::{Clock, Direction};
use shared::time::Timestamp;

use self::letters::Letters;
use super::installation;
use crate::failure;
use crate::output;
use crate::progress;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    installation: installation::Arguments,
    /// Only this integration; `unreadable` selects entries that could not be read.
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
    /// Lists the dead letters, the oldest first, page by page; for a stack also the number of
    /// messages in its dead-letter queues.
    List(list::Arguments),
    /// Shows one dead letter: the reason, the attempts, and whether the other side got a notice.
    Show {
        /// The id, or the beginning of it.
        id: String,
        /// Prints the event too, with what the customer or the agent wrote.
        #[arg(long)]
        show_body: bool,
    },
    /// Sends events again, after what their conversations have sent since, and in their own order.
    /// Each gets its full time again; if it fails again, it becomes a new dead letter. The side
    /// that it came from gets no second notice, because failed is final.
    Redrive(redrive::Arguments),
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let integration = arguments.integration.as_deref().map(super::integration).transpose()?;
    let installation = arguments.installation.open().await?;
    if let Action::Redrive(redrive) = &arguments.action
        && redrive.which.queues
    {
        let stack = installation.stack().ok_or_else(|| {
            failure::misconfigured(anyhow!(
                "--queues is for a stack: a data directory has no dead-letter queues"
            ))
        })?;
        return queues::redrive(stack, redrive.dry_run).await;
    }
    progress::show("reading the dead letters");
    let letters = Letters::read(&installation, integration.clone(), &arguments.filter).await?;
    drop(progress::end());
    match &arguments.action {
        Action::List(page) => {
            let queues = match installation.stack() {
                Some(stack) => Some(queues::count(stack).await?),
                None => None,
            };
            list::run(&installation, &letters, page, queues.as_ref(), arguments.json).await?;
            match (letters.all.as_slice(), letters.kept_out) {
                ([], 0) => {
                    let integration = integration.as_ref();
                    arguments
                        .installation
                        .nothing(&installation, integration, "No dead letters.")
                        .await?;
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
            show::run(&installation, letters.one(id)?, *show_body, arguments.json).await
        }
        Action::Redrive(redrive) => {
            redrive::run(&installation, &letters, redrive, arguments.json).await
        }
    }
}

/// All dead letters as JSON, without content and contact.
pub async fn described(installation: &installation::Installation) -> anyhow::Result<Vec<Value>> {
    let letters = Letters::read(installation, None, &filter::Filter::default()).await?;
    let all: Vec<&letters::Letter> = letters.all.iter().collect();
    let told = notice_status::NoticeStatus::of(installation, &all).await?;
    Ok(all.into_iter().zip(told).map(|(letter, told)| list::to_json(letter, told)).collect())
}

/// Sends one dead letter again, or all of them, and returns what became of each.
pub async fn redriven(
    installation: &installation::Installation,
    id: Option<&str>,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<Value>> {
    let letters = Letters::read(installation, None, &filter::Filter::default()).await?;
    redrive::each(installation, &letters, id, clock).await
}

/// A dead letter without its content.
#[derive(Debug)]
pub struct Summary {
    pub at: Timestamp,
    /// The code of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// The reason why the event did not arrive; for an expired event, the failure of its last
    /// attempt.
    pub cause: String,
    pub direction: Direction,
    pub last_attempt: Option<Timestamp>,
    /// The contact's fingerprint, as in the log; `None` if the event cannot be read.
    pub fingerprint: Option<String>,
}

pub async fn summaries(
    installation: &installation::Installation,
    integration: IntegrationName,
) -> anyhow::Result<Vec<Summary>> {
    let letters =
        Letters::read(installation, Some(integration), &filter::Filter::default()).await?;
    Ok(letters.all.iter().map(Summary::of).collect())
}

impl Summary {
    pub fn of(letter: &letters::Letter) -> Self {
        Self {
            at: letter.kept.content.at,
            code: letter.kept.content.code.clone(),
            reason: letter.kept.content.summary.clone(),
            cause: letter.kept.content.cause(),
            direction: letter.kept.content.direction,
            last_attempt: letter.kept.content.last_attempt(),
            fingerprint: letter.kept.subject.as_ref().map(|subject| subject.fingerprint.clone()),
        }
    }
}
