//! The files of a part that a sender is about to send, and the outcome for each file.

use shared::config::SendConfig;
use shared::file_refusal::Refusal;

/// A file that a part links to.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachmentRef {
    /// The place of the file in the event; the same at every attempt.
    pub place: String,
    /// The originating side's name of the file, such as `attachments[1]`. With a name, the
    /// originating side is told of a lost file after the whole message is sent. Without a name, it
    /// is told at once.
    pub name: Option<String>,
    pub url: String,
    /// The MIME type that the message gives.
    pub mime: Option<String>,
    /// Whether to copy the file only if its link leads to Genesys. Any other target of the link is
    /// public already.
    pub only_from_genesys: bool,
}

/// The outcome for a file.
#[derive(Clone, PartialEq, Eq)]
pub enum FileOutcome {
    /// The link stays as it is.
    Unchanged,
    /// The file is copied.
    Copied {
        /// The bridge's link to the copy.
        url: String,
        /// The MIME type of the copy.
        mime: String,
        /// The size in bytes.
        size: u64,
    },
    /// The file cannot be passed on.
    Refused(Refusal),
}

/// A part that may link to files.
pub trait CarriesFiles: Sized {
    /// Returns the files, in the order in which the part contains them.
    fn files(&self, config: &SendConfig) -> Vec<AttachmentRef>;

    /// Returns the part with the outcome of each file. `outcomes` has one entry for each of
    /// [`CarriesFiles::files`], in the same order. A refused file is named in the part, never
    /// silently missing.
    #[must_use]
    fn with(&self, outcomes: &[(AttachmentRef, FileOutcome)]) -> Self;

    /// Whether the part contains anything besides the refused files.
    fn has_rest(&self, outcomes: &[(AttachmentRef, FileOutcome)]) -> bool;
}
