//! Files of customers, where Lynn keeps them, and files of agents, which Lynn fetches.

use super::LynnSimulator;
use crate::files::{self, FetchedFile, FileOptions};

impl LynnSimulator {
    /// Puts a file where customers' files are, and gives its link.
    pub fn put_file(&self, name: &str, file: FileOptions) -> String {
        self.inner.state().files.put(name, file);
        format!("{}/files/{name}", self.base_url())
    }

    /// Fetches a file by a link out of an event, as a channel does for the customer.
    pub async fn fetch(&self, link: &str) -> FetchedFile {
        files::fetch(&self.inner.client, link).await
    }
}
