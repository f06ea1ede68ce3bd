//! Gives the media relay the files of a message to Lynn, and puts the results into the message.
//!
//! Rules: attachments and the media of a template's header are files, regardless of their host.
//! Images and videos of choices and cards are public links that a flow's author chose; they are
//! copied only if they lead to Genesys. A file that cannot be passed on is named in `unsupported`,
//! and in the fallback text in place of its link.

use media::{AttachmentRef, CarriesFiles, FileOutcome};
use shared::config::SendConfig;
use shared::lynn::outbound::{
    OutboundAttachment, OutboundBody, OutboundMediaType, OutboundMessage,
};

use crate::part::{Part, PartBody};
use crate::relay;

/// The name of a lost attachment in `unsupported`.
const ATTACHMENT: &str = "Attachment";
const HEADER: &str = "template";

impl CarriesFiles for Part {
    fn files(&self, _config: &SendConfig) -> Vec<AttachmentRef> {
        let message = match &self.body {
            PartBody::Event(OutboundBody::Message(message)) => message,
            PartBody::Event(_) => return Vec::new(),
            PartBody::Webhook { json, .. } => return relay::files(json),
        };
        let attachments = message.attachments.iter().enumerate();
        let mut files: Vec<AttachmentRef> = attachments
            .filter_map(|(position, attachment)| file(attachment_place(position), attachment))
            .collect();
        files.extend(header(message).and_then(|media| file(HEADER.to_owned(), media)));
        let mut message = message.clone();
        for picture in pictures(&mut message) {
            files.extend(picture.link.take().map(|url| AttachmentRef {
                place: picture.place,
                name: None,
                url,
                mime: None,
                only_from_genesys: true,
            }));
        }
        files
    }

    fn with(&self, outcomes: &[(AttachmentRef, FileOutcome)]) -> Self {
        let mut part = self.clone();
        match &mut part.body {
            PartBody::Event(OutboundBody::Message(message)) => apply_outcomes(message, outcomes),
            PartBody::Event(_) => {}
            PartBody::Webhook { json, .. } => *json = relay::with_copies(json, outcomes),
        }
        part
    }

    /// True if a text, a choice or another file remains for the customer besides the refused files.
    fn has_rest(&self, outcomes: &[(AttachmentRef, FileOutcome)]) -> bool {
        let PartBody::Event(OutboundBody::Message(message)) = self.with(outcomes).body else {
            return true;
        };
        let has_text = message.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        has_text
            || !message.attachments.is_empty()
            || !message.quick_replies.is_empty()
            || !message.cards.is_empty()
            || message.date_picker.is_some()
            || message.template.is_some()
    }
}

fn attachment_place(position: usize) -> String {
    format!("attachment/{position}")
}

/// A link to a page is not a file.
fn file(place: String, attachment: &OutboundAttachment) -> Option<AttachmentRef> {
    (attachment.media_type != OutboundMediaType::Link).then(|| AttachmentRef {
        place,
        name: None,
        url: attachment.url.clone(),
        mime: Some(attachment.mime.clone()),
        only_from_genesys: false,
    })
}

fn header(message: &OutboundMessage) -> Option<&OutboundAttachment> {
    message.template.as_ref()?.header.as_ref()?.media.as_ref()
}

/// An image or video that the message contains only as a link.
struct Picture<'a> {
    place: String,
    /// Its name in `unsupported`.
    kind: &'static str,
    link: &'a mut Option<String>,
}

fn pictures(message: &mut OutboundMessage) -> Vec<Picture<'_>> {
    let mut pictures = Vec::new();
    let mut add = |place: String, kind, link| pictures.push(Picture { place, kind, link });
    for (position, option) in message.quick_replies.iter_mut().enumerate() {
        add(format!("quickReply/{position}"), "Image", &mut option.image_url);
    }
    for (position, card) in message.cards.iter_mut().enumerate() {
        add(format!("card/{position}/image"), "Image", &mut card.image_url);
        add(format!("card/{position}/video"), "Video", &mut card.video_url);
    }
    if let Some(picker) = &mut message.date_picker {
        add("datePicker".to_owned(), "Image", &mut picker.image_url);
    }
    pictures
}

fn apply_outcomes(message: &mut OutboundMessage, outcomes: &[(AttachmentRef, FileOutcome)]) {
    let outcome = |place: &str| {
        outcomes
            .iter()
            .find(|(file, _)| file.place == place)
            .map_or(&FileOutcome::Unchanged, |(_, outcome)| outcome)
    };
    let mut lost = Vec::new();
    let attachments = std::mem::take(&mut message.attachments).into_iter().enumerate();
    for (position, attachment) in attachments {
        match with_outcome(attachment, outcome(&attachment_place(position))) {
            Some(attachment) => message.attachments.push(attachment),
            None => lost.push(ATTACHMENT),
        }
    }
    if let Some(header) = message.template.as_mut().and_then(|template| template.header.as_mut())
        && let Some(media) = header.media.take()
    {
        header.media = with_outcome(media, outcome(HEADER));
        if header.media.is_none() {
            lost.push(ATTACHMENT);
        }
    }
    for picture in pictures(message) {
        match outcome(&picture.place) {
            FileOutcome::Unchanged => {}
            FileOutcome::Copied { url, .. } => *picture.link = Some(url.clone()),
            FileOutcome::Refused(_) => {
                *picture.link = None;
                lost.push(picture.kind);
            }
        }
    }
    for kind in lost {
        if !message.unsupported.iter().any(|known| known == kind) {
            message.unsupported.push(kind.to_owned());
        }
    }
    for (file, outcome) in outcomes {
        let instead = match outcome {
            FileOutcome::Unchanged => continue,
            FileOutcome::Copied { url, .. } => url.clone(),
            FileOutcome::Refused(refusal) => format!("[not passed on: {}]", refusal.reason()),
        };
        message.fallback_text = replaced(&message.fallback_text, &file.url, &instead);
    }
}

/// Applies a file's outcome to the attachment. `None` when the file is lost.
fn with_outcome(
    mut attachment: OutboundAttachment,
    outcome: &FileOutcome,
) -> Option<OutboundAttachment> {
    match outcome {
        FileOutcome::Unchanged => {}
        FileOutcome::Copied { url, mime, size } => {
            attachment.url.clone_from(url);
            attachment.mime.clone_from(mime);
            attachment.size_bytes = Some(*size);
        }
        FileOutcome::Refused(_) => return None,
    }
    Some(attachment)
}

/// Replaces each whole link in a text. A longer link that only begins with `link` stays.
fn replaced(text: &str, link: &str, instead: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(link).filter(|_| !link.is_empty()) {
        done.push_str(before);
        let whole = after.chars().next().is_none_or(char::is_whitespace);
        done.push_str(if whole { instead } else { link });
        rest = after;
    }
    done.push_str(rest);
    done
}

#[cfg(test)]
mod tests {
    use media::Refusal;
    use serde_json::json;
    use shared::genesys::outbound::OutboundNotification;
    use shared::time::Timestamp;

    use super::*;
    use crate::part::Naming;

    const HOST: &str = "https://api-downloads.mypurecloud.com";

    fn part() -> Part {
        let attachment = |name: &str, kind: &str| {
            json!({ "contentType": "Attachment", "attachment": { "mediaType": kind, "mime": "image/png",
                    "filename": name, "url": format!("{HOST}/{name}") } })
        };
        let notification = json!({ "id": "g-1", "type": "Structured", "text": "See", "channel": {}, "content": [
            attachment("a", "Image"), attachment("ab", "Image"), attachment("page", "Link"),
            { "contentType": "Card", "card": { "title": "T", "image": format!("{HOST}/card"), "actions": [] } },
            { "contentType": "QuickReply", "quickReply": { "text": "Yes", "image": "https://cdn.example.com/yes" } },
        ] });
        let parsed = OutboundNotification::parse(notification.to_string().as_bytes()).unwrap();
        Part {
            naming: Naming::Nothing,
            is_posted: true,
            body: PartBody::Event(OutboundBody::Message(Box::new(convert::message(&parsed)))),
            id: "g-1".to_owned(),
            time: Timestamp::from_milliseconds(1),
            transitions: Vec::new(),
            writes: Vec::new(),
            conversation: None,
        }
    }

    fn files(part: &Part) -> Vec<AttachmentRef> {
        let message = part.body.message().unwrap();
        assert!(!message.fallback_text.is_empty());
        let config = json!({ "name": "s", "genesys": { "domain": "mypurecloud.com", "integrationId": "i",
            "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] }, "lynn": { "webhookUrl": "https://l" } });
        let config = config.to_string().into();
        part.files(&SendConfig::parse(&config).unwrap())
    }

    #[test]
    fn files_are_what_is_no_page() {
        let places: Vec<(String, bool)> =
            files(&part()).into_iter().map(|file| (file.place, file.only_from_genesys)).collect();
        let expected = [
            ("attachment/0", false),
            ("attachment/1", false),
            ("quickReply/0", true),
            ("card/0/image", true),
        ];
        assert_eq!(places, expected.map(|(place, only)| (place.to_owned(), only)));
    }

    #[test]
    fn every_fate_is_seen_in_the_message_and_its_fallback() {
        let part = part();
        let copied = |name: &str| FileOutcome::Copied {
            url: format!("https://bridge/{name}"),
            mime: "image/jpeg".to_owned(),
            size: 7,
        };
        let outcomes: Vec<(AttachmentRef, FileOutcome)> = files(&part)
            .into_iter()
            .zip([
                copied("1"),
                FileOutcome::Refused(Refusal::TooLarge),
                FileOutcome::Unchanged,
                copied("2"),
            ])
            .collect();
        let part = part.with(&outcomes);
        let message = part.body.message().unwrap();
        let urls: Vec<&str> = message.attachments.iter().map(|file| file.url.as_str()).collect();
        assert_eq!(urls, ["https://bridge/1", &format!("{HOST}/page")]);
        assert_eq!(message.attachments[0].size_bytes, Some(7));
        assert_eq!(message.attachments[0].mime, "image/jpeg");
        assert_eq!(message.cards[0].image_url.as_deref(), Some("https://bridge/2"));
        assert_eq!(
            message.quick_replies[0].image_url.as_deref(),
            Some("https://cdn.example.com/yes")
        );
        assert_eq!(message.unsupported, ["Attachment"]);
        let fallback = &message.fallback_text;
        assert!(fallback.contains("a: https://bridge/1\n"), "{fallback}");
        assert!(fallback.contains("ab: [not passed on: it is larger than 25 MB]"), "{fallback}");
        assert!(
            !fallback.contains(&format!("{HOST}/a")) && fallback.contains(&format!("{HOST}/page"))
        );
    }

    #[test]
    fn a_link_inside_another_stays() {
        let text = "https://x/a\nb: https://x/a2 https://x/a";
        assert_eq!(replaced(text, "https://x/a", "NEW"), "NEW\nb: https://x/a2 NEW");
        assert_eq!(replaced("same", "", "NEW"), "same");
    }
}
