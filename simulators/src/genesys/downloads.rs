//! Files: serves agents' files under Genesys' own links, and fetches customers' files.

use std::sync::Arc;

use uuid::Uuid;

use super::{GenesysSimulator, Inner};
use crate::files::{self, FetchedFile, FileOptions};

impl GenesysSimulator {
    /// Stores an agent's file and returns its download link.
    pub fn put_download(&self, file: FileOptions) -> String {
        let id = Uuid::new_v4().to_string();
        self.inner.state().files.put(&id, file);
        format!("{}/api/v2/downloads/{id}", self.base_url())
    }

    /// Removes every file of the agents, so that their links expire.
    pub fn remove_downloads(&self) {
        self.inner.state().files.clear();
    }

    /// The customers' files that were fetched so far.
    pub fn fetched(&self) -> Vec<FetchedFile> {
        self.inner.state().fetched.clone()
    }
}

impl Inner {
    /// Fetches a file in the background.
    pub(super) fn fetch_aside(self: &Arc<Self>, url: &str) {
        if !self.options.fetches_attachments {
            return;
        }
        let (inner, url) = (Arc::clone(self), url.to_owned());
        self.runtime.spawn(async move {
            let fetched = files::fetch(&inner.client, &url).await;
            inner.state().fetched.push(fetched);
            inner.changes.announce();
        });
    }
}
