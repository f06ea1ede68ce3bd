//! Files: what agents send lies behind links of Genesys' own, what customers send is fetched.

use std::sync::Arc;

use uuid::Uuid;

use super::{GenesysSimulator, Inner};
use crate::files::{self, FetchedFile, FileOptions};

impl GenesysSimulator {
    /// Puts a file where agents' files are, and gives its download link.
    pub fn put_download(&self, file: FileOptions) -> String {
        let id = Uuid::new_v4().to_string();
        self.inner.state().files.put(&id, file);
        format!("{}/api/v2/downloads/{id}", self.base_url())
    }

    /// Removes every file of agents: their links die.
    pub fn remove_downloads(&self) {
        self.inner.state().files.clear();
    }

    /// The files of customers that were fetched so far.
    pub fn fetched(&self) -> Vec<FetchedFile> {
        self.inner.state().fetched.clone()
    }
}

impl Inner {
    /// Nobody waits for it.
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
