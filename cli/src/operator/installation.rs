//! The place of a bridge's data: a deployed stack, or a data directory, whose bridge may be
//! running.

use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use aws::operator::Stack;
use clients::SystemClock;
use delivery::dead_letter::UNREADABLE;
use delivery::{RecentStore, without_list};
use shared::config::ConfigFile;
use shared::ids::{ConversationKey, IntegrationName};
use shared::ports::{Clock, Item, ItemKey, Queue, Store};
use shared::time::Timestamp;
use sqlite::Visitor;

use crate::account::Account;
use crate::failure;
use crate::output;

/// The number of conversations that are read at once.
const PAGE: usize = 500;

/// Which bridge; exactly one of the three is needed.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The configuration file of `bridge serve`, for its `dataDir`.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// A data directory of `bridge serve`, running or not.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// A deployed stack: its name in CloudFormation.
    #[arg(long, global = true)]
    stack: Option<String>,
    #[command(flatten)]
    account: Account,
}

impl Arguments {
    pub async fn open(&self) -> anyhow::Result<Installation> {
        match (&self.stack, &self.data, &self.config) {
            (Some(stack), None, None) => {
                let connection = self.account.connect().await?;
                Ok(Installation::Stack(Box::new(Stack::open(connection, stack).await?)))
            }
            (None, Some(directory), None) => visit(directory),
            (None, None, Some(file)) => visit(&data_directory(file)?),
            _ => Err(failure::misconfigured(anyhow!(
                "say which bridge: give one of --stack, --data and --config"
            ))),
        }
    }

    /// The data directory; `None` for a stack.
    pub fn directory(&self) -> anyhow::Result<Option<PathBuf>> {
        match (&self.data, &self.config) {
            (Some(directory), _) => Ok(Some(directory.clone())),
            (None, Some(file)) => {
                let config = ConfigFile::read(file).map_err(failure::misconfigured)?;
                Ok(Some(config.data_directory))
            }
            (None, None) => Ok(None),
        }
    }

    /// The name of the stack, if it is one.
    pub fn stack_name(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    /// Reports that a list is empty; an error if there is no such integration.
    pub async fn nothing(
        &self,
        installation: &Installation,
        integration: Option<&IntegrationName>,
        words: &str,
    ) -> anyhow::Result<()> {
        if let Some(name) = integration.filter(|name| name.as_str() != UNREADABLE)
            && let Some(configured) = self.configured(installation).await
            && !configured.contains(name)
        {
            return Err(failure::misconfigured(anyhow!("There is no integration {name}.")));
        }
        output::note(words);
        Ok(())
    }

    /// The configured integrations; `None` if the arguments do not lead to a configuration.
    pub async fn configured(
        &self,
        installation: &Installation,
    ) -> Option<BTreeSet<IntegrationName>> {
        if let Some(stack) = installation.stack() {
            return stack.secrets().integrations().await.ok();
        }
        let file = ConfigFile::read(self.config.as_ref()?).ok()?;
        Some(file.integrations.into_keys().collect())
    }
}

/// The data directory that a configuration file names. The file may have become invalid otherwise:
/// then a person is told, and what the bridge keeps can still be seen and saved.
pub fn data_directory(file: &Path) -> anyhow::Result<PathBuf> {
    let (directory, errors) = ConfigFile::data_directory(file).map_err(failure::misconfigured)?;
    if let Some(first) = errors.first() {
        let (file, directory) = (file.display(), directory.display());
        output::note(format_args!(
            "warning: {file} is not valid ({first}), so only its dataDir, {directory}, is used; `bridge config check {file}` names every error"
        ));
    }
    Ok(directory)
}

/// Opens a data directory, whose bridge may be running.
pub fn visit(directory: &Path) -> anyhow::Result<Installation> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let visitor = Visitor::open(directory, Arc::clone(&clock))?;
    Ok(Installation::Directory(Directory::new(visitor, clock)))
}

/// A data directory.
pub struct Directory {
    visitor: Visitor,
    store: RecentStore,
}

impl Directory {
    pub fn new(visitor: Visitor, clock: Arc<dyn Clock>) -> Self {
        let store = sqlite::with_lists(Arc::new(visitor.clone()), clock);
        Self { visitor, store }
    }
}

impl Deref for Directory {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

pub enum Installation {
    Directory(Directory),
    Stack(Box<Stack>),
}

impl Installation {
    pub fn store(&self) -> &dyn Store {
        match self {
            Self::Directory(directory) => &directory.store,
            Self::Stack(stack) => stack.store(),
        }
    }

    pub fn queue(&self) -> &dyn Queue {
        match self {
            Self::Directory(directory) => &directory.visitor,
            Self::Stack(stack) => stack.queue(),
        }
    }

    pub fn stack(&self) -> Option<&Stack> {
        match self {
            Self::Directory(_) => None,
            Self::Stack(stack) => Some(stack),
        }
    }

    /// The integrations that may have dead letters.
    pub async fn with_dead_letters(&self) -> anyhow::Result<BTreeSet<IntegrationName>> {
        match self {
            Self::Directory(visitor) => {
                let partitions = visitor.partitions("dead#").await?;
                Ok(partitions.iter().filter_map(|partition| of_dead_letters(partition)).collect())
            }
            Self::Stack(stack) => stack.integrations().await.context(
                "read the names of the integrations from their secrets; with --integration this is not needed",
            ),
        }
    }

    /// The integrations that may have conversations.
    pub async fn with_conversations(&self) -> anyhow::Result<BTreeSet<IntegrationName>> {
        let visitor = match self {
            Self::Directory(visitor) => visitor,
            Self::Stack(_) => return self.with_dead_letters().await,
        };
        let prefix = ConversationKey::partitions(None);
        let (mut integrations, mut after) = (BTreeSet::new(), None::<String>);
        // Reads one conversation of each integration: there may be millions.
        while let Some((key, _)) =
            visitor.across(&prefix, ItemKey::STATE, after.as_deref(), 1).await?.pop()
            && let Some(ConversationKey { integration, .. }) =
                ConversationKey::of_partition(&key.partition)
        {
            after = Some(beyond(&ConversationKey::partitions(Some(&integration))));
            integrations.insert(integration);
        }
        Ok(integrations)
    }

    /// All items of a partition, read in pages of `page` items.
    pub async fn partition(
        &self,
        partition: &str,
        page: usize,
    ) -> anyhow::Result<Vec<(ItemKey, Item)>> {
        let mut items: Vec<(ItemKey, Item)> = Vec::new();
        loop {
            let after = items.last().map(|(key, _)| key.sort.as_str());
            let found = self.store().list(partition, "", after, page).await?;
            let full = found.len() == page;
            items.extend(found);
            if !full {
                return Ok(items);
            }
        }
    }

    /// When the items of a partition expire, by sort key.
    pub async fn expiries(&self, partition: &str) -> anyhow::Result<HashMap<String, Timestamp>> {
        let found = match self {
            Self::Directory(directory) => {
                let mut found = directory.visitor.expiries(partition).await?;
                found.extend(directory.store.expiries(partition).await?);
                found
            }
            Self::Stack(stack) => stack.expiries(partition).await?,
        };
        Ok(found.into_iter().collect())
    }

    /// Passes the partition and the state of every conversation, or of those of one integration, to
    /// `take`.
    pub async fn each_state(
        &self,
        integration: Option<&IntegrationName>,
        mut take: impl FnMut(String, &str),
    ) -> anyhow::Result<()> {
        let prefix = ConversationKey::partitions(integration);
        let visitor = match self {
            Self::Directory(visitor) => visitor,
            Self::Stack(stack) => return Ok(stack.each_state(&prefix, take).await?),
        };
        let mut after: Option<String> = None;
        loop {
            let page = visitor.across(&prefix, ItemKey::STATE, after.as_deref(), PAGE).await?;
            let full = page.len() == PAGE;
            after = page.last().map(|(key, _)| key.partition.clone());
            for (key, Item { body, .. }) in page {
                take(key.partition, &without_list(&body));
            }
            if !full {
                return Ok(());
            }
        }
    }
}

/// The first key after all partitions that begin with this text, which ends with `#`.
fn beyond(prefix: &str) -> String {
    format!("{}$", prefix.trim_end_matches('#'))
}

/// The integration of a partition of dead letters; the parts of their bodies have their own
/// partitions.
fn of_dead_letters(partition: &str) -> Option<IntegrationName> {
    let name = partition.strip_prefix("dead#")?;
    IntegrationName::is_valid(name).then(|| IntegrationName::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_an_integration_comes_the_next_one() {
        let beyond = beyond("conv#support#");
        assert!(*"conv#support#\u{10ffff}" < *beyond);
        assert!(["conv#support-2#a", "conv#support2#a"].iter().all(|next| **next > *beyond));
    }

    #[test]
    fn bodies_are_no_integration() {
        assert_eq!(of_dead_letters("dead#support"), Some(IntegrationName::new("support")));
        assert_eq!(of_dead_letters("dead#support#body"), None);
    }
}
