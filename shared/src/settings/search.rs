//! Finds the integrations whose configuration fits, for a request that does not name one.
//!
//! Rule: a search that could not read everything says so, so that its caller refuses nothing for
//! good that another attempt may find.

use std::collections::HashSet;

use super::{Document, Entry, FORCED_APART, Settings, SettingsError};
use crate::ids::IntegrationName;
use crate::lock::lock;
use crate::time::Moment;

/// The most integrations that one search reads, and how many of them at once.
const MOST_READ: usize = 200;
const READ_AT_ONCE: usize = 20;

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// In alphabetical order.
    pub names: Vec<IntegrationName>,
    /// Whether every listed integration was read. If not, an integration that fits may be missing.
    pub is_complete: bool,
}

/// The last search for a caller who does not say which integration is meant.
#[derive(Default)]
pub(super) struct LastSearch {
    at: Option<Moment>,
    /// The integrations that a search has read, or has tried to read.
    tried: HashSet<IntegrationName>,
    is_complete: bool,
}

impl<T: Document> Settings<T> {
    /// The integrations whose current version fits. Reads the listed integrations that this process
    /// has not read yet, so only what an authentic request asks for may call this.
    pub async fn find(&self, fits: impl Fn(&T) -> bool) -> Found {
        let names = self.names_of(&fits, 1);
        if !names.is_empty() {
            return Found { names, is_complete: true };
        }
        let (listed, is_current) =
            self.names.all(&*self.secrets, T::PART, self.clock.moment()).await;
        let unread: Vec<IntegrationName> = {
            let known = lock(&self.known);
            listed.into_iter().filter(|name| !known.entries.contains_key(name)).collect()
        };
        let due = &unread[..unread.len().min(MOST_READ)];
        let are_read = self.read_all(due).await;
        let is_complete = is_current && are_read && due.len() == unread.len();
        Found { names: self.names_of(&fits, 1), is_complete }
    }

    /// The integrations with a valid version that fits, for a caller who has proved nothing yet. A
    /// cached integration answers at once. Otherwise the integrations are searched: at most once in
    /// 10 s, however many callers ask, and each caller waits for the search that is in progress. A
    /// search reads the integrations that no search has read, and some of those read longest ago.
    pub async fn search(&self, fits: impl Fn(&T) -> bool) -> Found {
        let names = self.names_of(&fits, usize::MAX);
        if !names.is_empty() {
            return Found { names, is_complete: true };
        }
        let mut last = self.search.lock().await;
        let names = self.names_of(&fits, usize::MAX);
        let now = self.clock.moment();
        let is_recent = last.at.is_some_and(|at| now.is_within(FORCED_APART, at));
        if !names.is_empty() || is_recent {
            return Found { is_complete: last.is_complete || !names.is_empty(), names };
        }
        let (listed, is_current) = self.names.all(&*self.secrets, T::PART, now).await;
        let (untried, mut tried): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|name| !last.tried.contains(name));
        {
            let known = lock(&self.known);
            tried.sort_by_key(|name| known.entries.get(name).map(|entry| entry.read_at.at));
        }
        let is_whole = untried.len() <= MOST_READ;
        let untried = untried.into_iter().take(MOST_READ);
        let due: Vec<IntegrationName> =
            untried.chain(tried.into_iter().take(READ_AT_ONCE)).collect();
        let are_read = self.read_all(&due).await;
        let is_complete = is_current && is_whole && are_read;
        last.tried.extend(due);
        (last.at, last.is_complete) = (Some(now), is_complete);
        drop(last);
        Found { names: self.names_of(&fits, usize::MAX), is_complete }
    }

    /// Reads these integrations, at most 10 s after their last reading. Returns whether each of
    /// them could be read.
    async fn read_all(&self, names: &[IntegrationName]) -> bool {
        let mut are_read = true;
        for names in names.chunks(READ_AT_ONCE) {
            let reads = names.iter().map(|name| self.within(name, FORCED_APART, true));
            let results = futures_util::future::join_all(reads).await;
            let is_read =
                |(name, result): (&IntegrationName, Result<_, SettingsError>)| match result {
                    Ok(_) => !self.is_in_doubt(name),
                    Err(SettingsError::Unavailable { .. } | SettingsError::Shed(_)) => false,
                    Err(SettingsError::Unknown(_) | SettingsError::Invalid { .. }) => true,
                };
            are_read &= names.iter().zip(results).all(is_read);
        }
        are_read
    }

    /// The cached integrations with a version that fits, among the first `versions` of each.
    fn names_of(&self, fits: impl Fn(&T) -> bool, versions: usize) -> Vec<IntegrationName> {
        let known = lock(&self.known);
        let fits = |entry: &Entry<T>| {
            let valid = entry.versions.iter().flat_map(|valid| valid.iter());
            valid.take(versions).any(|version| fits(version))
        };
        let entries = known.entries.iter().filter(|(_, entry)| fits(entry));
        let mut names: Vec<IntegrationName> = entries.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }
}
