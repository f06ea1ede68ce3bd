//! Files that a vendor serves, with or without a token, until their link expires.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::http::Answer;

#[derive(Clone, Debug)]
pub struct FileOptions {
    /// The content type; empty for none.
    pub mime: String,
    pub bytes: Bytes,
    /// Whether its link needs the vendor's own token.
    pub needs_token: bool,
    /// How long its link is valid.
    pub lives: Duration,
    /// The redirect target of the link, instead of the file.
    pub leads_to: Option<String>,
    /// Error statuses for the first requests, one each.
    pub fails: Vec<u16>,
}

impl FileOptions {
    /// A file without a token, valid for an hour.
    pub fn new(mime: &str, bytes: impl Into<Bytes>) -> Self {
        Self {
            mime: mime.to_owned(),
            bytes: bytes.into(),
            needs_token: false,
            lives: Duration::from_secs(60 * 60),
            leads_to: None,
            fails: Vec::new(),
        }
    }
}

/// All files by the last part of their link.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: HashMap<String, (FileOptions, Instant)>,
}

impl Files {
    pub(crate) fn put(&mut self, name: &str, file: FileOptions) {
        let end = Instant::now() + file.lives;
        self.files.insert(name.to_owned(), (file, end));
    }

    /// Removes all links.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
    }

    pub(crate) fn needs_token(&self, name: &str) -> bool {
        self.files.get(name).is_some_and(|(file, _)| file.needs_token)
    }

    /// Answers a request for a file.
    pub(crate) fn answer(&mut self, name: &str) -> Answer {
        let Some((file, end)) = self.files.get_mut(name) else { return Answer::empty(404) };
        if Instant::now() >= *end {
            return Answer::empty(403);
        }
        if !file.fails.is_empty() {
            return Answer::empty(file.fails.remove(0));
        }
        match &file.leads_to {
            Some(url) => Answer::empty(302).with("location", url),
            None => Answer::file(&file.mime, file.bytes.clone()),
        }
    }
}

/// A file that a vendor fetched by a link that it was given.
#[derive(Clone, Debug)]
pub struct FetchedFile {
    pub url: String,
    /// The last status; 0 without an answer.
    pub status: u16,
    /// The content type of the answer.
    pub mime: String,
    pub bytes: Bytes,
}

/// Fetches a file as a vendor does: without a key, along at most three redirects.
pub(crate) async fn fetch(client: &reqwest::Client, link: &str) -> FetchedFile {
    let mut url = link.to_owned();
    for _ in 0..4 {
        let Ok(answer) = client.get(&url).send().await else { break };
        let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        if let (true, Some(next)) = (answer.status().is_redirection(), header("location")) {
            url = next;
            continue;
        }
        let (status, mime) = (answer.status().as_u16(), header("content-type").unwrap_or_default());
        let bytes = answer.bytes().await.unwrap_or_default();
        return FetchedFile { url: link.to_owned(), status, mime, bytes };
    }
    FetchedFile { url: link.to_owned(), status: 0, mime: String::new(), bytes: Bytes::new() }
}
