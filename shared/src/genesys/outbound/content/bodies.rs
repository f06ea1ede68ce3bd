//! The bodies of the content elements, as far as the bridge uses them.
//!
//! Source: the models `ConversationContent…` of Genesys' SDKs and public captures of Open Messaging.

use serde::Deserialize;

use super::super::lenient;
use super::super::words::{CardActionType, MediaType};
use crate::wire::debug_shows;

/// A file or a link.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// Genesys' id of it.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// What it is.
    pub media_type: Option<MediaType>,
    /// The MIME type.
    #[serde(deserialize_with = "lenient::text")]
    pub mime: Option<String>,
    /// Where it is: a Genesys download link, whose lifetime is not documented.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The name. Genesys writes `filename`, some captures `fileName`.
    #[serde(alias = "fileName", deserialize_with = "lenient::text")]
    pub filename: Option<String>,
    /// The caption.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// Bytes.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub content_size_bytes: Option<u64>,
}

debug_shows!(Attachment: media_type, mime, content_size_bytes);

/// One option.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QuickReply {
    /// What the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What comes back.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image: Option<String>,
}

debug_shows!(QuickReply:);

impl QuickReply {
    /// Whether there is something to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.payload.is_some()
    }
}

/// A question with its options.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QuickReplyGroup {
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The options.
    #[serde(deserialize_with = "lenient::list")]
    pub actions: Vec<QuickReply>,
}

debug_shows!(QuickReplyGroup: actions);

/// A card.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    /// The headline.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
    #[serde(deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image: Option<String>,
    /// The URL of a film.
    #[serde(deserialize_with = "lenient::text")]
    pub video: Option<String>,
    /// What a touch of the card itself does.
    pub default_action: Option<CardAction>,
    /// The buttons.
    #[serde(deserialize_with = "lenient::list")]
    pub actions: Vec<CardAction>,
}

debug_shows!(Card: default_action, actions);

impl Card {
    /// Whether there is something to show.
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
    /// What it does.
    #[serde(rename = "type", deserialize_with = "lenient::defaulted")]
    pub kind: CardActionType,
    /// What the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What comes back, of a `Postback`.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// What opens, of a `Link`.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
}

debug_shows!(CardAction: kind);

/// Several cards.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Carousel {
    /// The cards.
    #[serde(deserialize_with = "lenient::list")]
    pub cards: Vec<Card>,
}

/// A choice of dates and times.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatePicker {
    /// Tells several pickers of one message apart.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
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
    /// Where the appointment takes place.
    pub location: Option<Location>,
    /// What can be chosen.
    #[serde(deserialize_with = "lenient::list")]
    pub available_times: Vec<AvailableTime>,
    /// How a date should be shown.
    #[serde(deserialize_with = "lenient::text")]
    pub date_display_format: Option<String>,
}

debug_shows!(DatePicker: available_times);

/// One time that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AvailableTime {
    /// When, ISO 8601.
    #[serde(deserialize_with = "lenient::text")]
    pub date_time: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub duration: Option<u64>,
}

/// A place.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// A map.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The postal address.
    #[serde(deserialize_with = "lenient::text")]
    pub address: Option<String>,
    /// The name.
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
    /// The provider's id of it.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The language.
    #[serde(deserialize_with = "lenient::text")]
    pub language: Option<String>,
    /// What stands above.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub header: TemplateHeader,
    /// The text.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub body: TemplateBody,
    /// What stands below.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub footer: TemplateFooter,
    /// The buttons.
    #[serde(deserialize_with = "lenient::list")]
    pub buttons: Vec<TemplateButton>,
}

debug_shows!(Template: id, language);

impl Template {
    /// Whether there is something to show.
    pub(super) fn has_words(&self) -> bool {
        self.header.text.is_some()
            || self.header.media.is_some()
            || self.body.text.is_some()
            || !self.body.parameters.is_empty()
            || self.footer.text.is_some()
    }
}

/// What stands above a template's text.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateHeader {
    /// A line of text.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// A picture, a film or a file.
    pub media: Option<Attachment>,
    /// What fills the places of the text.
    #[serde(deserialize_with = "lenient::list")]
    pub parameters: Vec<TemplateParameter>,
}

debug_shows!(TemplateHeader:);

/// A template's text.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateBody {
    /// The text. Captures have it filled in already.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What fills its places.
    #[serde(deserialize_with = "lenient::list")]
    pub parameters: Vec<TemplateParameter>,
}

debug_shows!(TemplateBody:);

/// What stands below a template's text.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateFooter {
    /// A line of text.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(TemplateFooter:);

/// What fills a place of a template.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateParameter {
    /// The place's name; without one it is the place of the same number, from 1.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// What is put there.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(TemplateParameter:);

/// A button of a template.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateButton {
    /// The provider's word for what it does.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// What the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What comes back.
    #[serde(deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// What opens.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// What is called.
    #[serde(deserialize_with = "lenient::text")]
    pub phone_number: Option<String>,
}

debug_shows!(TemplateButton:);
