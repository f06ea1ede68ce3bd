//! Gives the media relay the files of a message to Genesys, and puts the results into the message.
//!
//! Rule: a file that cannot be passed on is replaced by a line for the agent, with the file's
//! caption.

use convert::{InboundCall, InboundPart};
use media::{AttachmentRef, CarriesFiles, FileOutcome, Refusal};
use shared::config::SendConfig;
use shared::genesys::inbound::{InboundAttachment, InboundContent, InboundMediaType, MessageBody};

use crate::part::Part;

mod relayed;

/// For each of these kinds, Genesys accepts only MIME types of the same family.
const FAMILIES: [(&str, InboundMediaType); 3] = [
    ("image/", InboundMediaType::Image),
    ("video/", InboundMediaType::Video),
    ("audio/", InboundMediaType::Audio),
];

/// The MIME type of a file of which nothing is known.
const UNKNOWN_FILE: &str = "application/octet-stream";

/// The longest message text that Genesys accepts, in UTF-16 code units.
const LONGEST: usize = 2000;

impl CarriesFiles for Part {
    /// A part has at most one attachment. A link to a page is not a file.
    fn files(&self, _config: &SendConfig) -> Vec<AttachmentRef> {
        if let Self::Message { part, .. } = self
            && let InboundCall::Relayed(call) = &part.call
        {
            return relayed::files(part, call);
        }
        let Some((part, body)) = message(self) else { return Vec::new() };
        let attachments =
            body.content.iter().map(|InboundContent::Attachment { attachment }| attachment);
        attachments
            .filter(|attachment| attachment.media_type != InboundMediaType::Link)
            .map(|attachment| AttachmentRef {
                place: part.message_id.clone(),
                name: Some(part.origin.name()),
                url: attachment.url.clone(),
                mime: Some(attachment.mime.clone()),
                only_from_genesys: false,
            })
            .collect()
    }

    fn with(&self, outcomes: &[(AttachmentRef, FileOutcome)]) -> Self {
        let (Self::Message { part, position, of }, Some((_, outcome))) = (self, outcomes.first())
        else {
            return self.clone();
        };
        let mut part = part.clone();
        match &mut part.call {
            InboundCall::Message(body) => apply_outcome(body, outcome),
            InboundCall::Relayed(call) => relayed::apply_outcomes(call, outcomes),
            _ => {}
        }
        Self::Message { part, position: *position, of: *of }
    }

    /// Not needed: every file has a name here, and the engine reports the lost files by name.
    fn has_rest(&self, _outcomes: &[(AttachmentRef, FileOutcome)]) -> bool {
        false
    }
}

fn message(part: &Part) -> Option<(&InboundPart, &MessageBody)> {
    match part {
        Part::Message { part, .. } => match &part.call {
            InboundCall::Message(body) => Some((part, body)),
            _ => None,
        },
        _ => None,
    }
}

fn apply_outcome(body: &mut MessageBody, outcome: &FileOutcome) {
    let Some(InboundContent::Attachment { attachment }) = body.content.first_mut() else { return };
    match outcome {
        FileOutcome::Unchanged => {}
        FileOutcome::Copied { url, mime, .. } => {
            let was_unknown =
                attachment.media_type == InboundMediaType::File && attachment.mime == UNKNOWN_FILE;
            attachment.url.clone_from(url);
            attachment.mime.clone_from(mime);
            // Genesys would refuse an image, video or audio whose MIME type belongs to another
            // family. A file of which nothing was known is what its bytes are.
            let named = FAMILIES.iter().find(|(_, kind)| *kind == attachment.media_type);
            if was_unknown || named.is_some_and(|(start, _)| !mime.starts_with(start)) {
                attachment.media_type = family(mime);
            }
        }
        FileOutcome::Refused(refusal) => {
            body.text = Some(instead(attachment, *refusal));
            body.content.clear();
        }
    }
}

fn family(mime: &str) -> InboundMediaType {
    let family = FAMILIES.iter().find(|(start, _)| mime.starts_with(start));
    family.map_or(InboundMediaType::File, |(_, kind)| *kind)
}

/// The text that replaces the file for the agent.
fn instead(attachment: &InboundAttachment, refusal: Refusal) -> String {
    replacement(attachment.filename.as_deref(), attachment.text.as_deref(), refusal)
}

/// The line for the agent about a file of this name, and the file's caption.
fn replacement(name: Option<&str>, caption: Option<&str>, refusal: Refusal) -> String {
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let line =
        format!("[The customer sent a file{name} that was not passed on: {}.]", refusal.reason());
    let caption = caption.unwrap_or_default();
    let whole = if caption.is_empty() { line } else { format!("{line}\n{caption}") };
    let mut room = LONGEST;
    let fits = |character: &char| {
        let left = room.checked_sub(character.len_utf16());
        room = left.unwrap_or_default();
        left.is_some()
    };
    whole.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use convert::notice;
    use shared::contact::IdType;
    use shared::ids::ContactId;
    use shared::time::Timestamp;

    use super::*;

    fn part(caption: &str, media_type: InboundMediaType) -> Part {
        let contact = ContactId::new("ana");
        let time = Timestamp::from_milliseconds(1);
        let mut part = notice((&contact, IdType::Opaque), "m-1.2".to_owned(), "", time);
        if let InboundCall::Message(body) = &mut part.call {
            body.text = None;
            body.content = vec![InboundContent::Attachment {
                attachment: InboundAttachment {
                    media_type,
                    url: "https://files.example.com/p.png".to_owned(),
                    mime: "image/*".to_owned(),
                    filename: Some("p.png".to_owned()),
                    text: Some(caption.to_owned()),
                },
            }];
        }
        Part::Message { part: Box::new(part), position: 1, of: 2 }
    }

    fn body(part: &Part) -> &MessageBody {
        message(part).unwrap().1
    }

    fn file() -> AttachmentRef {
        AttachmentRef {
            place: "m-1.2".to_owned(),
            name: Some("text".to_owned()),
            url: "https://files.example.com/p.png".to_owned(),
            mime: Some("image/*".to_owned()),
            only_from_genesys: false,
        }
    }

    #[test]
    fn a_copy_takes_the_place_of_the_file() {
        let part = part("Look", InboundMediaType::Image);
        let outcome = FileOutcome::Copied {
            url: "https://b/1".to_owned(),
            mime: "image/png".to_owned(),
            size: 1,
        };
        let with = part.with(&[(file(), outcome)]);
        let InboundContent::Attachment { attachment } = &body(&with).content[0];
        assert_eq!(
            (attachment.url.as_str(), attachment.mime.as_str()),
            ("https://b/1", "image/png")
        );
        assert_eq!(attachment.text.as_deref(), Some("Look"));
    }

    #[test]
    fn a_file_of_which_nothing_was_known_is_what_its_bytes_are() {
        for (before, copied, expected) in [
            ("application/octet-stream", "audio/ogg", InboundMediaType::Audio),
            ("application/octet-stream", "application/pdf", InboundMediaType::File),
            ("application/pdf", "image/png", InboundMediaType::File),
        ] {
            let mut part = part("", InboundMediaType::File);
            let Part::Message { part: inner, .. } = &mut part else { panic!() };
            let InboundCall::Message(body) = &mut inner.call else { panic!() };
            let InboundContent::Attachment { attachment } = &mut body.content[0];
            attachment.mime = before.to_owned();
            let url = "https://b/1".to_owned();
            let outcome = FileOutcome::Copied { url, mime: copied.to_owned(), size: 1 };
            let with = part.with(&[(file(), outcome)]);
            let InboundContent::Attachment { attachment } = &message(&with).unwrap().1.content[0];
            assert_eq!(attachment.media_type, expected, "{before} {copied}");
        }
    }

    #[test]
    fn the_agent_reads_what_was_not_passed_on() {
        let refused = FileOutcome::Refused(Refusal::TooLarge);
        let with = part("Look", InboundMediaType::Image).with(&[(file(), refused.clone())]);
        assert!(body(&with).content.is_empty());
        let text = "[The customer sent a file (p.png) that was not passed on: it is larger than 25 MB.]\nLook";
        assert_eq!(body(&with).text.as_deref(), Some(text));
        let long = part(&"😀".repeat(3000), InboundMediaType::Image).with(&[(file(), refused)]);
        let length = body(&long).text.as_ref().unwrap().encode_utf16().count();
        assert!((LONGEST - 1..=LONGEST).contains(&length), "{length}");
    }
}
