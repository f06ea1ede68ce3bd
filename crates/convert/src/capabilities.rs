//! The dated table of supported content. The conversion uses it, and the content matrix in
//! docs/lynn-flows.md is generated from it.
//!
//! Rule: content that is not in the table is rejected, and its sender is told.

use std::fmt::Write;

use shared::ports::Direction;

/// The day on which the table was last compared with both vendors' documentation.
pub const VERSION: &str = "2026-11-29";

/// How the bridge treats a kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    Supported,
    /// Delivered with the change that the note describes.
    Partial,
    /// Omitted, as the note says, without telling the sender.
    Dropped,
    /// Refused; the sender is told.
    Rejected,
}

impl Support {
    pub fn is_carried(self) -> bool {
        matches!(self, Self::Supported | Self::Partial)
    }

    /// The word in the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Partial => "partial",
            Self::Dropped => "dropped",
            Self::Rejected => "rejected",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    pub direction: Direction,
    /// Outbound: the vendor's `contentType` or `type`. Inbound: the name of the field.
    pub kind: &'static str,
    pub support: Support,
    /// The remark in the documentation.
    pub note: &'static str,
}

/// Rows of the table.
macro_rules! capabilities {
    ($($direction:ident $kind:literal $support:ident, $note:expr;)*) => {
        &[$(Capability {
            direction: Direction::$direction,
            kind: $kind,
            support: Support::$support,
            note: $note,
        },)*]
    };
}

const GENERAL_MODEL: &str =
    "in the general model, not documented for Open Messaging; named in `unsupported`";

pub const TABLE: &[Capability] = capabilities! {
    Inbound "text" Supported,
        "split at `text.maxLength`; HTML becomes plain text unless switched off";
    Inbound "attachment" Supported,
        "one Genesys message each; Genesys fetches the URL, 25 MB at most";
    Inbound "quickReply" Supported, "plain text when there is no conversation to answer in";
    Inbound "button" Supported, "plain text when there is no conversation to answer in";
    Inbound "datePicker" Supported, "plain text when there is no conversation to answer in";
    Inbound "attributes" Supported,
        "participant data of the conversation; Genesys does not document the limits";
    Inbound "history" Partial,
        "one text of the customer's: Genesys cannot mark lines as the bot's; the newest 100 lines";
    Inbound "typing" Supported, "needs the messaging setting of Genesys; never retried";
    Inbound "delivered" Supported, "";
    Inbound "read" Partial, "becomes `Delivered`: Genesys takes no other";
    Inbound "failed" Supported, "a code that Genesys does not know becomes `GeneralError`";
    Inbound "session.started" Dropped, "kept in the state; Genesys has no such event";
    Inbound "session.ended" Dropped,
        "kept in the state; `onSessionEnded` decides what Genesys sees of it";
    Outbound "Text" Supported, "agents may write 4,000 characters";
    Outbound "Attachment" Supported,
        "by http or https only; the URL is Genesys' own, how long it lives is not documented";
    Outbound "QuickReply" Supported, "";
    Outbound "QuickReplyV2" Supported, "its title becomes the text, or a further line of it";
    Outbound "Card" Supported,
        "pictures by http or https only, buttons by `tel` and `mailto` too; others are left out and named";
    Outbound "Carousel" Supported, "several cards";
    Outbound "DatePicker" Partial, "one of a message; others are in the fallback text only";
    Outbound "Notification" Partial,
        "its places are filled in; one of a message, others are in the fallback text only";
    Outbound "Location" Partial, "a link to its map; without one, words of the text";
    Outbound "RichLink" Partial, "a link and a file; its words are lines of the text";
    Outbound "ListPicker" Partial, "its options are quick replies, its titles lines of the text";
    Outbound "Form" Partial, "its questions and choices are lines of the text";
    Outbound "NotificationResponse" Partial, "its text, else its status, is a line of the text";
    Outbound "Typing" Supported, "needs the messaging setting of Genesys; at most 60 s";
    Outbound "Published" Supported, "";
    Outbound "Delivered" Supported, "";
    Outbound "Read" Supported, "";
    Outbound "Failed" Supported, "";
    Outbound "Sent" Dropped, "says nothing that Lynn does not know";
    Outbound "Removed" Dropped, "Lynn cannot take a message back";
    Outbound "PaymentRequest" Rejected, GENERAL_MODEL;
    Outbound "PaymentResponse" Rejected, GENERAL_MODEL;
    Outbound "InteractiveApplication" Rejected, GENERAL_MODEL;
    Outbound "Push" Rejected, GENERAL_MODEL;
    Outbound "Story" Rejected, GENERAL_MODEL;
    Outbound "Mention" Rejected, GENERAL_MODEL;
    Outbound "Reactions" Rejected, GENERAL_MODEL;
    Outbound "RoadsideAssistance" Rejected, GENERAL_MODEL;
};

/// A kind that is not in the table is [`Support::Rejected`].
pub fn support(direction: Direction, kind: &str) -> Support {
    TABLE
        .iter()
        .find(|entry| entry.direction == direction && entry.kind == kind)
        .map_or(Support::Rejected, |entry| entry.support)
}

/// The table in Markdown, for docs/lynn-flows.md. Adjacent entries with the same support and note
/// share a row.
pub fn markdown() -> String {
    let mut text = format!("As of {VERSION}.\n");
    for (direction, title) in [
        (Direction::Inbound, "Inbound: customer to agent"),
        (Direction::Outbound, "Outbound: agent or bot to customer"),
    ] {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n### {title}\n\n| kind | support | note |\n|---|---|---|\n");
        let entries: Vec<&Capability> =
            TABLE.iter().filter(|entry| entry.direction == direction).collect();
        for alike in
            entries.chunk_by(|one, next| (one.support, one.note) == (next.support, next.note))
        {
            let kinds: Vec<String> =
                alike.iter().map(|entry| format!("`{}`", entry.kind)).collect();
            let (support, note) = (alike[0].support.as_str(), alike[0].note);
            let _ = writeln!(text, "| {} | {support} | {note} |", kinds.join(", "));
        }
        let _ = writeln!(
            text,
            "| anything else | {} | named to its sender |",
            Support::Rejected.as_str()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_kind_once_and_rejects_the_rest() {
        for entry in TABLE {
            let same = TABLE
                .iter()
                .filter(|other| other.direction == entry.direction && other.kind == entry.kind);
            assert_eq!(same.count(), 1, "{}", entry.kind);
        }
        assert_eq!(support(Direction::Outbound, "Hologram"), Support::Rejected);
        assert_eq!(support(Direction::Inbound, "Card"), Support::Rejected);
    }
}
