//! The bridge that the console looks at, and what was read of it.

use std::sync::Arc;
use std::time::Duration;

use shared::ids::ConversationKey;

use super::audit::{self, AuditLog};
use super::cached::{Cached, Reading};
use super::contacts::Contacts;
use super::index::Index;
use super::job::Jobs;
use super::query::Refused;
use crate::operator::dead_letters::filter::Filter;
use crate::operator::dead_letters::letters::Letters;
use crate::operator::installation::{self, Installation};

/// The shortest time for which what was read is kept.
const DIRECTORY_KEPT: Duration = Duration::from_secs(2);
/// Each call to AWS costs.
const STACK_KEPT: Duration = Duration::from_secs(15);
/// A scan of a stack's table costs most, so its result is kept until the operator asks again.
const SCAN_KEPT: Duration = Duration::from_hours(24);

pub struct Console {
    pub arguments: installation::Arguments,
    pub installation: Installation,
    /// In words.
    pub place: String,
    pub allow_redrive: bool,
    pub audit: AuditLog,
    pub jobs: Jobs,
    /// The contacts of what the page shows.
    pub contacts: Contacts,
    letters: Cached<Letters>,
    index: Cached<Index>,
}

impl Console {
    pub async fn open(
        arguments: installation::Arguments,
        allow_redrive: bool,
    ) -> anyhow::Result<Self> {
        let installation = arguments.open().await?;
        let (place, path) = match arguments.directory()? {
            Some(folder) => {
                let path = folder.join(sqlite::AUDIT_LOG);
                (format!("the data directory {}", folder.display()), path)
            }
            None => {
                let stack = arguments.stack_name().unwrap_or_default();
                (format!("the stack {stack}"), audit::of_stack(stack)?)
            }
        };
        let is_stack = installation.stack().is_some();
        let (kept, scanned) =
            if is_stack { (STACK_KEPT, SCAN_KEPT) } else { (DIRECTORY_KEPT, DIRECTORY_KEPT) };
        Ok(Self {
            audit: AuditLog::new(path, &place),
            arguments,
            installation,
            place,
            allow_redrive,
            jobs: Jobs::new(),
            contacts: Contacts::default(),
            letters: Cached::new(kept),
            index: Cached::new(scanned),
        })
    }

    /// Whether it may redrive, in words.
    pub fn redriving(&self) -> &'static str {
        if self.allow_redrive {
            "allowed, after a dry run and a confirmation"
        } else {
            "not allowed; start it with --allow-redrive to allow it"
        }
    }

    pub fn is_stack(&self) -> bool {
        self.installation.stack().is_some()
    }

    /// The dead letters of all integrations.
    pub async fn letters(&self) -> anyhow::Result<Reading<Letters>> {
        self.letters.get(self.read_letters()).await
    }

    /// The dead letters as they are now.
    pub async fn letters_now(&self) -> anyhow::Result<Arc<Letters>> {
        self.letters.forget().await;
        Ok(self.letters().await?.value)
    }

    async fn read_letters(&self) -> anyhow::Result<Letters> {
        Letters::read(&self.installation, None, &Filter::default()).await
    }

    /// All conversations. For a stack, it reads the whole table once.
    pub async fn index(&self) -> anyhow::Result<Reading<Index>> {
        self.index.get(Index::read(&self.installation)).await
    }

    /// The conversations that were read before, if any.
    pub async fn known_index(&self) -> Option<Reading<Index>> {
        self.index.last().await
    }

    /// The next look at the conversations reads them again.
    pub async fn forget_index(&self) {
        self.index.forget().await;
    }

    /// The conversation of a contact that the page knows by its fingerprint.
    pub async fn conversation(
        &self,
        integration: &str,
        fingerprint: &str,
    ) -> Result<ConversationKey, Refused> {
        if let Some(key) = self.contacts.find(integration, fingerprint) {
            return Ok(key);
        }
        let reading = match self.known_index().await {
            Some(reading) => Some(reading),
            None if self.is_stack() => None,
            None => Some(self.index().await?),
        };
        let found = reading.and_then(|index| index.value.find(integration, fingerprint));
        found.ok_or_else(|| {
            Refused::absent(format!(
                "{integration} has no conversation of contact {fingerprint} that is known here; \
                 search for it under Conversations"
            ))
        })
    }
}
