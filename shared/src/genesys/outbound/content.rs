//! The content elements of a message: attachments and structured content.
//!
//! Rule: an unknown element, or one whose body does not fit its kind, becomes `Unknown` with the
//! kind's name. It never fails the message and never disappears. The same holds for the cards,
//! options and buttons in an element: a wrong one becomes an empty one, and costs itself only.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

mod bodies;

mod general;

pub use general::{
    Form, FormComponent, ListPicker, ListPickerItem, NotificationResponse, ReceivedMessage,
    RichLink,
};

pub use bodies::{
    Attachment, AvailableTime, Card, CardAction, Carousel, DatePicker, Location, QuickReply,
    QuickReplyGroup, Template, TemplateBody, TemplateButton, TemplateFooter, TemplateHeader,
    TemplateParameter,
};

#[derive(Clone, PartialEq)]
pub enum Content {
    /// A file or a link.
    Attachment(Attachment),
    /// One of several options; the question is the message's text.
    QuickReply(QuickReply),
    /// A question with its options.
    QuickReplyV2(QuickReplyGroup),
    Card(Card),
    Carousel(Carousel),
    DatePicker(DatePicker),
    /// A template of a canned response.
    Notification(Template),
    /// A further text.
    Text(String),
    Location(Location),
    /// A link with a preview.
    RichLink(Box<RichLink>),
    ListPicker(ListPicker),
    Form(Box<Form>),
    /// The answer to a request for notifications.
    NotificationResponse(NotificationResponse),
    /// An unknown kind, or one whose body does not fit, by its `contentType`.
    Unknown(String),
}

/// The name of an element without a readable `contentType`.
const UNNAMED: &str = "Unknown";

/// A kind: its `contentType`, the key of its body, and the function that reads the body.
type Kind = (&'static str, &'static str, fn(Value) -> Option<Content>);

/// Every kind that is parsed. `quickReplyV2` and the other kinds of the general model may never
/// come over Open Messaging.
const KINDS: [Kind; 13] = [
    ("Attachment", "attachment", |body| {
        read(body).filter(|body: &Attachment| body.url.is_some()).map(Content::Attachment)
    }),
    ("QuickReply", "quickReply", |body| {
        read(body).filter(QuickReply::has_words).map(Content::QuickReply)
    }),
    ("QuickReplyV2", "quickReplyV2", |body| {
        read(body)
            .filter(|body: &QuickReplyGroup| body.actions.iter().any(QuickReply::has_words))
            .map(Content::QuickReplyV2)
    }),
    ("Card", "card", |body| read(body).filter(Card::has_words).map(Content::Card)),
    ("Carousel", "carousel", |body| {
        read(body)
            .filter(|body: &Carousel| body.cards.iter().any(Card::has_words))
            .map(Content::Carousel)
    }),
    ("DatePicker", "datePicker", |body| {
        read(body).filter(DatePicker::has_words).map(Content::DatePicker)
    }),
    ("Notification", "template", |body| {
        read(body).filter(Template::has_words).map(Content::Notification)
    }),
    ("Text", "text", |body| general::text(body).map(Content::Text)),
    ("Location", "location", |body| {
        read(body).filter(|body| *body != Location::default()).map(Content::Location)
    }),
    ("RichLink", "richLink", |body| {
        read(body).filter(RichLink::has_words).map(Box::new).map(Content::RichLink)
    }),
    ("ListPicker", "listPicker", |body| {
        read(body).filter(ListPicker::has_words).map(Content::ListPicker)
    }),
    ("Form", "form", |body| read(body).filter(Form::has_words).map(Box::new).map(Content::Form)),
    ("NotificationResponse", "notificationResponse", |body| {
        read(body).filter(NotificationResponse::has_words).map(Content::NotificationResponse)
    }),
];

fn read<T: DeserializeOwned>(body: Value) -> Option<T> {
    if !body.is_object() {
        return None;
    }
    serde_json::from_value(body).ok()
}

impl Content {
    /// The `contentType`, as Genesys writes it.
    pub fn kind_name(&self) -> &str {
        match self {
            Self::Attachment(_) => "Attachment",
            Self::QuickReply(_) => "QuickReply",
            Self::QuickReplyV2(_) => "QuickReplyV2",
            Self::Card(_) => "Card",
            Self::Carousel(_) => "Carousel",
            Self::DatePicker(_) => "DatePicker",
            Self::Notification(_) => "Notification",
            Self::Text(_) => "Text",
            Self::Location(_) => "Location",
            Self::RichLink(_) => "RichLink",
            Self::ListPicker(_) => "ListPicker",
            Self::Form(_) => "Form",
            Self::NotificationResponse(_) => "NotificationResponse",
            Self::Unknown(name) => name,
        }
    }

    fn from_value(element: Value) -> Self {
        let Value::Object(mut element) = element else {
            return Self::Unknown(UNNAMED.to_owned());
        };
        let declared =
            element.get("contentType").and_then(Value::as_str).filter(|name| !name.is_empty());
        let kind = KINDS.iter().find(|(name, body, _)| match declared {
            Some(declared) => declared.eq_ignore_ascii_case(name),
            None => element.contains_key(*body),
        });
        match kind {
            None => Self::Unknown(declared.unwrap_or(UNNAMED).to_owned()),
            Some((name, body, read)) => element
                .remove(*body)
                .and_then(read)
                .unwrap_or_else(|| Self::Unknown((*name).to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from_value)
    }
}

crate::debug_writes!(Content: |content| "{}", content.kind_name());
