//! Files: stores customers' files as Lynn does, and fetches agents' files.

use super::LynnSimulator;
use crate::files::{self, FetchedFile, FileOptions};

impl LynnSimulator {
    /// Stores a customer's file and returns its link.
    pub fn put_file(&self, name: &str, file: FileOptions) -> String {
        self.inner.state().files.put(name, file);
        format!("{}/files/{name}", self.base_url())
    }

    /// Fetches a file by a link from an event, as a channel does for the customer.
    pub async fn fetch(&self, link: &str) -> FetchedFile {
        files::fetch(&self.inner.client, link).await
    }
}
