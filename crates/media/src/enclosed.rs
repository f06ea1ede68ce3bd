//! What a sender says of the files in what it is about to send.

use shared::config::SendConfig;
use shared::file_refusal::Refusal;

/// A file that something to be sent links to.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Where in the event it stands; the same at every attempt.
    pub place: String,
    /// What the originating side calls it, such as `attachments[1]`, where it is told of lost files by name, when all of its
    /// message is sent. Without a name it is told at once.
    pub name: Option<String>,
    /// Its link.
    pub url: String,
    /// The MIME type that the message gives.
    pub mime: Option<String>,
    /// Whether it is copied only when the link leads to Genesys: what else the link leads to is public already.
    pub only_from_genesys: bool,
}

/// What became of a file.
#[derive(Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is left as it is.
    Left,
    /// It is copied.
    Copied {
        /// Our link to it.
        url: String,
        /// What it is.
        mime: String,
        /// Its size, bytes.
        size: u64,
    },
    /// It cannot be passed on.
    Refused(Refusal),
}

/// Something to be sent that may link to files.
pub trait CarriesFiles: Sized {
    /// The files, in the order in which they stand.
    fn files(&self, config: &SendConfig) -> Vec<Enclosed>;

    /// The same with each file's fate; `fates` has one for each of [`CarriesFiles::files`], in their order. What was refused is
    /// named, never just missing.
    #[must_use]
    fn with(&self, fates: &[(Enclosed, Fate)]) -> Self;

    /// Whether something else of the message is in it beside the files that were refused.
    fn has_rest(&self, fates: &[(Enclosed, Fate)]) -> bool;
}
