//! The files and the structured messages that people send on the page.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use simulators::FileOptions;

/// A file of either side.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum File {
    Photo,
    VoiceNote,
    Document,
}

/// The smallest picture: one dot.
const DOT: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x1d, 0x4e, 0xd8,
    0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44,
    0x01, 0x00, 0x3b,
];

impl File {
    pub fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo.gif",
            Self::VoiceNote => "voice-note.ogg",
            Self::Document => "contract.txt",
        }
    }

    pub fn options(self) -> FileOptions {
        let (_, mime) = self.of_genesys();
        match self {
            Self::Photo => FileOptions::new(mime, DOT),
            Self::VoiceNote => FileOptions::new(mime, &b"OggS"[..]),
            Self::Document => FileOptions::new(mime, &b"A contract to sign.\n"[..]),
        }
    }

    /// Genesys' kind of media, and the content type.
    pub fn of_genesys(self) -> (&'static str, &'static str) {
        match self {
            Self::Photo => ("Image", "image/gif"),
            Self::VoiceNote => ("Audio", "audio/ogg"),
            Self::Document => ("File", "text/plain"),
        }
    }
}

/// An attachment in Lynn's words.
pub fn of_lynn(file: File, url: &str) -> Value {
    let (kind, mime) = file.of_genesys();
    json!({ "mediaType": kind.to_lowercase(), "mime": mime, "url": url, "filename": file.name() })
}

/// Something that a bot of the contact centre offers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Offer {
    QuickReplies,
    Card,
    Carousel,
    DatePicker,
}

/// The text and the content of an offer, as Genesys Cloud writes them.
pub fn offered(offer: Offer) -> (&'static str, Value) {
    match offer {
        Offer::QuickReplies => {
            let option = |text: &str, payload: &str| {
                json!({ "contentType": "QuickReply", "quickReply": {
                    "text": text, "payload": payload, "action": "Message" } })
            };
            ("Do you want to go on?", json!([option("Yes", "yes"), option("No", "no")]))
        }
        Offer::Card => (
            "Our offer:",
            json!([ { "contentType": "Card", "card": card("Full plan", "All calls", "full") } ]),
        ),
        Offer::Carousel => {
            let cards = json!([
                card("Basic plan", "Ten hours a month", "basic"),
                card("Full plan", "All calls", "full"),
            ]);
            (
                "Which plan?",
                json!([ { "contentType": "Carousel", "carousel": { "cards": cards } } ]),
            )
        }
        Offer::DatePicker => {
            let time = |time: &str| json!({ "dateTime": time, "duration": 1800 });
            let times = json!([time("2030-01-08T10:00:00.000Z"), time("2030-01-08T15:30:00.000Z")]);
            let picker = json!({ "title": "A call back", "subtitle": "Half an hour",
                "availableTimes": times });
            (
                "When shall we call?",
                json!([ { "contentType": "DatePicker", "datePicker": picker } ]),
            )
        }
    }
}

fn card(title: &str, description: &str, payload: &str) -> Value {
    json!({ "title": title, "description": description, "actions": [
        { "type": "Postback", "text": format!("Take {title}"), "payload": payload },
        { "type": "Link", "text": "Read more", "url": "https://plans.example.com/" } ] })
}
