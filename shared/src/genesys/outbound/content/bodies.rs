//! The fields of the content elements that the bridge uses.
//!
//! Source: the models `ConversationContent…` of Genesys' SDKs and public captures of Open
//! Messaging.

use serde::Deserialize;

use super::super::lenient;
use super::super::words::{CardActionType, MediaType};
use crate::wire::debug_shows;

/// A file or a link.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// Genesys' id of the file.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    pub media_type: Option<MediaType>,
    #[serde(deserialize_with = "lenient::text")]
    pub mime: Option<String>,
    /// A download link of Genesys, whose lifetime is not documented.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// Genesys writes `filename`, some captures have `fileName`.
    #[serde(alias = "fileName", deserialize_with = "lenient::text")]
    pub filename: Option<String>,
    /// The caption.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "lenient::whole_number")]
    pub content_size_bytes: Option<u64>,
}

debug_shows!(Attachment: media_type, mime, content_size_bytes);

/// One of several options.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QuickReply {
    /// The text that the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// The text that the answer returns.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image: Option<String>,
}

debug_shows!(QuickReply:);

impl QuickReply {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.payload.is_some()
    }
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QuickReplyGroup {
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::each")]
    pub actions: Vec<QuickReply>,
}

debug_shows!(QuickReplyGroup: actions);

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image: Option<String>,
    /// The URL of a video.
    #[serde(deserialize_with = "lenient::text")]
    pub video: Option<String>,
    /// The action of a tap on the card itself.
    pub default_action: Option<CardAction>,
    #[serde(deserialize_with = "lenient::each")]
    pub actions: Vec<CardAction>,
}

debug_shows!(Card: default_action, actions);

impl Card {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.title.is_some()
            || self.description.is_some()
            || self.image.is_some()
            || self.video.is_some()
            || !self.actions.is_empty()
    }
}

/// A button of a card.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CardAction {
    #[serde(rename = "type", deserialize_with = "lenient::defaulted")]
    pub kind: CardActionType,
    /// The text that the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// The text that a `Postback` returns.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// The page that a `Link` opens.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
}

debug_shows!(CardAction: kind);

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Carousel {
    #[serde(deserialize_with = "lenient::each")]
    pub cards: Vec<Card>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatePicker {
    /// Distinguishes several pickers of one message.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image_url: Option<String>,
    /// The first date that can be chosen, ISO 8601.
    #[serde(deserialize_with = "lenient::text")]
    pub date_minimum: Option<String>,
    /// The last date that can be chosen, ISO 8601.
    #[serde(deserialize_with = "lenient::text")]
    pub date_maximum: Option<String>,
    /// The place of the appointment.
    pub location: Option<Location>,
    #[serde(deserialize_with = "lenient::each")]
    pub available_times: Vec<AvailableTime>,
    /// The format in which to show a date.
    #[serde(deserialize_with = "lenient::text")]
    pub date_display_format: Option<String>,
}

debug_shows!(DatePicker: available_times);

impl DatePicker {
    /// Whether there is anything to show, besides times without an instant.
    pub(super) fn has_words(&self) -> bool {
        let nothing = Self { available_times: self.available_times.clone(), ..Self::default() };
        *self != nothing || self.available_times.iter().any(|time| time.date_time.is_some())
    }
}

/// A time that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AvailableTime {
    /// ISO 8601.
    #[serde(deserialize_with = "lenient::text")]
    pub date_time: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub duration: Option<u64>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// The URL of a map.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The postal address.
    #[serde(deserialize_with = "lenient::text")]
    pub address: Option<String>,
    /// The name of the place.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// Degrees north.
    #[serde(deserialize_with = "lenient::number")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(deserialize_with = "lenient::number")]
    pub longitude: Option<f64>,
}

debug_shows!(Location:);

/// A template of a canned response.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Template {
    /// The provider's id of the template.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub language: Option<String>,
    #[serde(deserialize_with = "lenient::defaulted")]
    pub header: TemplateHeader,
    #[serde(deserialize_with = "lenient::defaulted")]
    pub body: TemplateBody,
    #[serde(deserialize_with = "lenient::defaulted")]
    pub footer: TemplateFooter,
    #[serde(deserialize_with = "lenient::each")]
    pub buttons: Vec<TemplateButton>,
}

debug_shows!(Template: id, language);

impl Template {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.header.text.is_some()
            || self.header.media.is_some()
            || self.body.text.is_some()
            || !self.body.parameters.is_empty()
            || self.footer.text.is_some()
    }
}

/// The part above a template's text.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateHeader {
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// A picture, a video or a file.
    pub media: Option<Attachment>,
    /// The values of the text's placeholders.
    #[serde(deserialize_with = "lenient::list")]
    pub parameters: Vec<TemplateParameter>,
}

debug_shows!(TemplateHeader:);

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateBody {
    /// In captures the placeholders are already filled in.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// The values of the text's placeholders.
    #[serde(deserialize_with = "lenient::list")]
    pub parameters: Vec<TemplateParameter>,
}

debug_shows!(TemplateBody:);

/// The part below a template's text.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateFooter {
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(TemplateFooter:);

/// The value of a placeholder.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateParameter {
    /// The placeholder's name. Without a name, the parameter's position from 1 is the placeholder's
    /// number.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The value.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(TemplateParameter:);

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateButton {
    /// The provider's word for the action.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// The text that the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// The text that the answer returns.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// The page that the button opens.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The number that the button calls.
    #[serde(deserialize_with = "lenient::text")]
    pub phone_number: Option<String>,
}

debug_shows!(TemplateButton:);
