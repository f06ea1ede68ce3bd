//! Files that a vendor gives out: by a token or without, for as long as their link lives.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::http::Answer;

/// A file to be given out.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// What it is said to be; empty for nothing.
    pub mime: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// Whether its link needs the vendor's own token.
    pub needs_token: bool,
    /// How long its link lives.
    pub lives: Duration,
    /// Where its link leads on to instead of giving it out.
    pub leads_to: Option<String>,
    /// What it answers instead, for the first requests: one status each.
    pub fails: Vec<u16>,
}

impl FileOptions {
    /// A file for everybody, for an hour.
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

/// Everything that can be had, by the last part of its link.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: HashMap<String, (FileOptions, Instant)>,
}

impl Files {
    /// Adds a file.
    pub(crate) fn put(&mut self, name: &str, file: FileOptions) {
        let end = Instant::now() + file.lives;
        self.files.insert(name.to_owned(), (file, end));
    }

    /// All links die.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
    }

    /// Whether the link of a file needs the vendor's token.
    pub(crate) fn needs_token(&self, name: &str) -> bool {
        self.files.get(name).is_some_and(|(file, _)| file.needs_token)
    }

    /// The answer to who asks for a file.
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
    /// The link.
    pub url: String,
    /// The last status; 0 without an answer.
    pub status: u16,
    /// The type that it came as.
    pub mime: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Fetches a file as a vendor does: without any key, a few redirects along.
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
