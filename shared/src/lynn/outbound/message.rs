//! The body of a message for Lynn: the text of an agent or a bot, and its rich content.

use serde::Serialize;

use super::OutboundAgent;
use crate::wire::debug_shows;

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundMessage {
    pub author: AuthorKind,
    /// The agent who wrote; `null` for a bot, or if not known.
    pub agent: Option<OutboundAgent>,
    /// The text, or the question to which the options belong.
    pub text: Option<String>,
    /// All content in plain text, for a channel that cannot show it. Equal to `text` if there is no
    /// other content.
    pub fallback_text: String,
    /// Files and links.
    pub attachments: Vec<OutboundAttachment>,
    /// Options, of which the customer chooses one.
    pub quick_replies: Vec<QuickReply>,
    /// A carousel becomes several cards.
    pub cards: Vec<Card>,
    pub date_picker: Option<DatePicker>,
    /// A template of a canned response.
    pub template: Option<Template>,
    /// The kinds of content that the bridge could not convert, in order, each once.
    pub unsupported: Vec<String>,
}

debug_shows!(OutboundMessage: author, attachments, quick_replies, cards, date_picker, template, unsupported);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthorKind {
    /// A person.
    Agent,
    /// An Architect flow.
    Bot,
}

/// A file or a link.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundAttachment {
    /// Genesys' id of the file.
    pub id: Option<String>,
    pub media_type: OutboundMediaType,
    pub mime: String,
    pub url: String,
    pub filename: Option<String>,
    pub caption: Option<String>,
    pub size_bytes: Option<u64>,
}

debug_shows!(OutboundAttachment: media_type, mime, size_bytes);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboundMediaType {
    Image,
    Video,
    Audio,
    /// Any other file.
    File,
    /// A link to a web page.
    Link,
}

/// One of several options.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuickReply {
    /// The text that the customer sees.
    pub text: String,
    /// Lynn returns it in `reply.payload`.
    pub payload: String,
    pub image_url: Option<String>,
}

debug_shows!(QuickReply:);

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    pub title: Option<String>,
    pub description: Option<String>,
    /// The URL of a picture.
    pub image_url: Option<String>,
    pub video_url: Option<String>,
    pub actions: Vec<CardAction>,
    /// The action of a tap on the card itself.
    pub default_action: Option<CardAction>,
}

debug_shows!(Card: actions, default_action);

/// A button of a card.
#[derive(Clone, PartialEq, Serialize)]
pub struct CardAction {
    #[serde(rename = "type")]
    pub kind: CardActionKind,
    /// The text that the customer sees.
    pub text: Option<String>,
    /// For a postback; Lynn returns it in `reply.payload`.
    pub payload: Option<String>,
    /// For a link.
    pub url: Option<String>,
}

debug_shows!(CardAction: kind);

/// The action of a card's button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CardActionKind {
    Link,
    /// Answers with a payload.
    Postback,
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatePicker {
    /// Genesys' id of the date picker.
    pub id: Option<String>,
    /// The question.
    pub title: Option<String>,
    /// The text below the question.
    pub subtitle: Option<String>,
    /// The URL of a picture.
    pub image_url: Option<String>,
    /// The first date that can be chosen, ISO 8601.
    pub date_minimum: Option<String>,
    /// The last date that can be chosen, ISO 8601.
    pub date_maximum: Option<String>,
    /// The format in which to show a date.
    pub date_display_format: Option<String>,
    /// The place of the appointment.
    pub location: Option<Location>,
    /// The times to choose from. Lynn returns the chosen `dateTime` in `reply.payload`.
    pub available_times: Vec<AvailableTime>,
}

debug_shows!(DatePicker: available_times);

/// A time that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableTime {
    /// ISO 8601.
    pub date_time: String,
    pub duration_seconds: Option<u64>,
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    pub name: Option<String>,
    /// The postal address.
    pub address: Option<String>,
    /// The URL of a map.
    pub url: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

debug_shows!(Location:);

/// A template of a canned response, with its placeholders filled in.
#[derive(Clone, PartialEq, Serialize)]
pub struct Template {
    /// The provider's id of the template.
    pub id: Option<String>,
    pub language: Option<String>,
    pub header: Option<TemplateHeader>,
    pub body: Option<String>,
    pub footer: Option<String>,
    pub buttons: Vec<TemplateButton>,
}

debug_shows!(Template: id, language);

/// The part above a template's text.
#[derive(Clone, PartialEq, Serialize)]
pub struct TemplateHeader {
    pub text: Option<String>,
    /// A picture, a video or a file.
    pub media: Option<OutboundAttachment>,
}

debug_shows!(TemplateHeader: media);

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateButton {
    /// The provider's word for the action.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The text that the customer sees.
    pub text: Option<String>,
    /// The text that the answer returns.
    pub payload: Option<String>,
    /// The page that the button opens.
    pub url: Option<String>,
    /// The number that the button calls.
    pub phone_number: Option<String>,
}

debug_shows!(TemplateButton: kind);
