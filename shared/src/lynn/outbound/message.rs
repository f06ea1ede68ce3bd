//! The body of a message for Lynn: what an agent or a bot wrote, and everything rich that came with it.

use serde::Serialize;

use crate::wire::debug_shows;

/// What an agent or a bot wrote.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundMessage {
    /// Who wrote.
    pub author: AuthorKind,
    /// The text, or the question that the choices answer.
    pub text: Option<String>,
    /// Everything below in plain text, for a channel that cannot show it; equal to `text` when there is nothing else.
    pub fallback_text: String,
    /// Files and links.
    pub attachments: Vec<OutboundAttachment>,
    /// Options, of which the customer chooses one.
    pub quick_replies: Vec<QuickReply>,
    /// Cards; a carousel is several.
    pub cards: Vec<Card>,
    /// A choice of dates and times.
    pub date_picker: Option<DatePicker>,
    /// A template of a canned response.
    pub template: Option<Template>,
    /// The kinds of content that the bridge could not convert, in order, each once.
    pub unsupported: Vec<String>,
}

debug_shows!(OutboundMessage: author, attachments, quick_replies, cards, date_picker, template, unsupported);

/// Who wrote.
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
    /// Genesys' id of it.
    pub id: Option<String>,
    /// What it is.
    pub media_type: OutboundMediaType,
    /// The MIME type.
    pub mime: String,
    /// Where it is.
    pub url: String,
    /// The name.
    pub filename: Option<String>,
    /// The caption.
    pub caption: Option<String>,
    /// The size, bytes.
    pub size_bytes: Option<u64>,
}

debug_shows!(OutboundAttachment: media_type, mime, size_bytes);

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboundMediaType {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file.
    File,
    /// A link to something on the web.
    Link,
}

/// One option.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuickReply {
    /// What the customer sees.
    pub text: String,
    /// What goes back in `reply.payload`.
    pub payload: String,
    /// The URL of a picture.
    pub image_url: Option<String>,
}

debug_shows!(QuickReply:);

/// A card.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// The headline.
    pub title: Option<String>,
    /// The text below it.
    pub description: Option<String>,
    /// The URL of a picture.
    pub image_url: Option<String>,
    /// The URL of a film.
    pub video_url: Option<String>,
    /// The buttons.
    pub actions: Vec<CardAction>,
    /// What a touch of the card itself does.
    pub default_action: Option<CardAction>,
}

debug_shows!(Card: actions, default_action);

/// A button of a card.
#[derive(Clone, PartialEq, Serialize)]
pub struct CardAction {
    /// What it does.
    #[serde(rename = "type")]
    pub kind: CardActionKind,
    /// What the customer sees.
    pub text: Option<String>,
    /// What goes back in `reply.payload`, of a postback.
    pub payload: Option<String>,
    /// What opens, of a link.
    pub url: Option<String>,
}

debug_shows!(CardAction: kind);

/// What a button of a card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CardActionKind {
    /// Opens a URL.
    Link,
    /// Answers with a payload.
    Postback,
}

/// A choice of dates and times.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatePicker {
    /// Genesys' id of it.
    pub id: Option<String>,
    /// The question.
    pub title: Option<String>,
    /// The text below it.
    pub subtitle: Option<String>,
    /// The URL of a picture.
    pub image_url: Option<String>,
    /// The first date that can be chosen, ISO 8601.
    pub date_minimum: Option<String>,
    /// The last date that can be chosen, ISO 8601.
    pub date_maximum: Option<String>,
    /// How a date should be shown.
    pub date_display_format: Option<String>,
    /// Where the appointment takes place.
    pub location: Option<Location>,
    /// What can be chosen; the chosen `dateTime` goes back in `reply.payload`.
    pub available_times: Vec<AvailableTime>,
}

debug_shows!(DatePicker: available_times);

/// One time that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableTime {
    /// When, ISO 8601.
    pub date_time: String,
    /// How long, seconds.
    pub duration_seconds: Option<u64>,
}

/// A place.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The name.
    pub name: Option<String>,
    /// The postal address.
    pub address: Option<String>,
    /// A map.
    pub url: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

debug_shows!(Location:);

/// A template of a canned response, its places filled in.
#[derive(Clone, PartialEq, Serialize)]
pub struct Template {
    /// The provider's id of it.
    pub id: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// What stands above.
    pub header: Option<TemplateHeader>,
    /// The text.
    pub body: Option<String>,
    /// What stands below.
    pub footer: Option<String>,
    /// The buttons.
    pub buttons: Vec<TemplateButton>,
}

debug_shows!(Template: id, language);

/// What stands above a template's text.
#[derive(Clone, PartialEq, Serialize)]
pub struct TemplateHeader {
    /// A line of text.
    pub text: Option<String>,
    /// A picture, a film or a file.
    pub media: Option<OutboundAttachment>,
}

debug_shows!(TemplateHeader: media);

/// A button of a template.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateButton {
    /// The provider's word for what it does.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What the customer sees.
    pub text: Option<String>,
    /// What goes back.
    pub payload: Option<String>,
    /// What opens.
    pub url: Option<String>,
    /// What is called.
    pub phone_number: Option<String>,
}

debug_shows!(TemplateButton: kind);
