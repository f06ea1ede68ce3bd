//! The names of the configured integrations, as the secrets port lists them.
//!
//! Rule: the list is read when a request names an integration that is not in it, at most every 10
//! s, however many names are requested.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::FORCED_APART;
use crate::ids::IntegrationName;
use crate::lock::lock;
use crate::ports::{SecretPart, Secrets};
use crate::time::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Yes,
    /// Not in the list, which is at most some seconds old.
    No,
    /// There is no list, or it cannot be read.
    Unsaid,
}

#[derive(Default)]
pub(super) struct Names(Mutex<List>);

#[derive(Default)]
struct List {
    names: Option<BTreeSet<IntegrationName>>,
    read_at: Option<Moment>,
    /// Whether the last reading failed.
    is_stale: bool,
}

impl Names {
    /// Whether the list was requested before.
    pub(super) fn are_read(&self) -> bool {
        lock(&self.0).read_at.is_some()
    }

    /// Whether a name is in the list. Reads the list again if that is due.
    pub(super) async fn listed(
        &self,
        secrets: &dyn Secrets,
        part: SecretPart,
        integration: &IntegrationName,
        now: Moment,
    ) -> Listed {
        if lock(&self.0).listed(integration) != Listed::Yes {
            self.refresh(secrets, part, now).await;
        }
        lock(&self.0).listed(integration)
    }

    /// All names in the list, and whether its last reading succeeded. Reads the list again if that
    /// is due.
    pub(super) async fn all(
        &self,
        secrets: &dyn Secrets,
        part: SecretPart,
        now: Moment,
    ) -> (BTreeSet<IntegrationName>, bool) {
        self.refresh(secrets, part, now).await;
        let list = lock(&self.0);
        (list.names.clone().unwrap_or_default(), !list.is_stale)
    }

    async fn refresh(&self, secrets: &dyn Secrets, part: SecretPart, now: Moment) {
        let is_young = |at: Moment| now.is_within(FORCED_APART, at);
        if lock(&self.0).read_at.is_some_and(is_young) {
            return;
        }
        let read = secrets.names(part).await;
        let mut list = lock(&self.0);
        list.read_at = Some(now);
        list.is_stale = read.is_err();
        match read {
            Ok(names) => list.names = names,
            Err(error) => tracing::warn!(
                event.name = "configuration.stale",
                error = crate::error::chain(&error),
                "The list of integrations could not be read; the list that was read before stays in use."
            ),
        }
    }
}

impl List {
    fn listed(&self, integration: &IntegrationName) -> Listed {
        match &self.names {
            None => Listed::Unsaid,
            Some(names) if names.contains(integration) => Listed::Yes,
            Some(_) => Listed::No,
        }
    }
}
