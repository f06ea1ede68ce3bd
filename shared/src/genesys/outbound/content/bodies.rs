//! The fields of the content elements that the bridge uses.
//!
//! Source: the models `ConversationContent…` of Genesys' SDKs and public captures of Open
//! Messaging.

use super::super::lenient::{self, wire_types};
use super::super::words::{CardActionType, MediaType};

wire_types! {
    /// A file or a link.
    pub struct Attachment shows [media_type, mime, content_size_bytes] {
        /// Genesys' id of the file.
        id: Option<String> = "lenient::text",
        media_type: Option<MediaType>,
        mime: Option<String> = "lenient::text",
        /// A download link of Genesys, whose lifetime is not documented.
        url: Option<String> = "lenient::text",
        /// Genesys writes `filename`, some captures have `fileName`.
        #[serde(alias = "fileName")]
        filename: Option<String> = "lenient::text",
        /// The caption.
        text: Option<String> = "lenient::text",
        content_size_bytes: Option<u64> = "lenient::whole_number",
    }

    /// One of several options.
    pub struct QuickReply shows [] {
        /// The text that the customer sees.
        text: Option<String> = "lenient::text",
        /// The text that the answer returns.
        payload: Option<String> = "lenient::text",
        /// The URL of a picture.
        image: Option<String> = "lenient::text",
    }

    pub struct QuickReplyGroup shows [actions] {
        title: Option<String> = "lenient::text",
        actions: Vec<QuickReply> = "lenient::each",
    }

    pub struct Card shows [default_action, actions] {
        title: Option<String> = "lenient::text",
        description: Option<String> = "lenient::text",
        /// The URL of a picture.
        image: Option<String> = "lenient::text",
        /// The URL of a video.
        video: Option<String> = "lenient::text",
        /// The action of a tap on the card itself.
        default_action: Option<CardAction>,
        actions: Vec<CardAction> = "lenient::each",
    }

    /// A button of a card.
    pub struct CardAction shows [kind] {
        #[serde(rename = "type")]
        kind: CardActionType = "lenient::defaulted",
        /// The text that the customer sees.
        text: Option<String> = "lenient::text",
        /// The text that a `Postback` returns.
        payload: Option<String> = "lenient::text",
        /// The page that a `Link` opens.
        url: Option<String> = "lenient::text",
    }

    #[derive(Debug)]
    pub struct Carousel {
        cards: Vec<Card> = "lenient::each",
    }

    pub struct DatePicker shows [available_times] {
        /// Distinguishes several pickers of one message.
        id: Option<String> = "lenient::text",
        title: Option<String> = "lenient::text",
        subtitle: Option<String> = "lenient::text",
        /// The URL of a picture.
        image_url: Option<String> = "lenient::text",
        /// The first date that can be chosen, ISO 8601.
        date_minimum: Option<String> = "lenient::text",
        /// The last date that can be chosen, ISO 8601.
        date_maximum: Option<String> = "lenient::text",
        /// The place of the appointment.
        location: Option<Location>,
        available_times: Vec<AvailableTime> = "lenient::each",
        /// The format in which to show a date.
        date_display_format: Option<String> = "lenient::text",
    }

    /// A time that can be chosen.
    #[derive(Debug)]
    pub struct AvailableTime {
        /// ISO 8601.
        date_time: Option<String> = "lenient::text",
        /// Seconds.
        duration: Option<u64> = "lenient::whole_number",
    }

    pub struct Location shows [] {
        /// The URL of a map.
        url: Option<String> = "lenient::text",
        /// The postal address.
        address: Option<String> = "lenient::text",
        /// The name of the place.
        text: Option<String> = "lenient::text",
        /// Degrees north.
        latitude: Option<f64> = "lenient::number",
        /// Degrees east.
        longitude: Option<f64> = "lenient::number",
    }

    /// A template of a canned response.
    pub struct Template shows [id, language] {
        /// The provider's id of the template.
        id: Option<String> = "lenient::text",
        language: Option<String> = "lenient::text",
        header: TemplateHeader = "lenient::defaulted",
        body: TemplateBody = "lenient::defaulted",
        footer: TemplateFooter = "lenient::defaulted",
        buttons: Vec<TemplateButton> = "lenient::each",
    }

    /// The part above a template's text.
    pub struct TemplateHeader shows [] {
        text: Option<String> = "lenient::text",
        /// A picture, a video or a file.
        media: Option<Attachment>,
        /// The values of the text's placeholders.
        parameters: Vec<TemplateParameter> = "lenient::list",
    }

    pub struct TemplateBody shows [] {
        /// In captures the placeholders are already filled in.
        text: Option<String> = "lenient::text",
        /// The values of the text's placeholders.
        parameters: Vec<TemplateParameter> = "lenient::list",
    }

    /// The part below a template's text.
    pub struct TemplateFooter shows [] {
        text: Option<String> = "lenient::text",
    }

    /// The value of a placeholder.
    pub struct TemplateParameter shows [] {
        /// The placeholder's name. Without a name, the parameter's position from 1 is the number of
        /// the placeholder.
        name: Option<String> = "lenient::text",
        /// The value.
        text: Option<String> = "lenient::text",
    }

    pub struct TemplateButton shows [] {
        /// The provider's word for the action.
        #[serde(rename = "type")]
        kind: Option<String> = "lenient::text",
        /// The text that the customer sees.
        text: Option<String> = "lenient::text",
        /// The text that the answer returns.
        payload: Option<String> = "lenient::text",
        /// The page that the button opens.
        url: Option<String> = "lenient::text",
        /// The number that the button calls.
        phone_number: Option<String> = "lenient::text",
    }
}

impl QuickReply {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.payload.is_some()
    }
}

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

impl DatePicker {
    /// Whether there is anything to show, besides times without an instant.
    pub(super) fn has_words(&self) -> bool {
        let nothing = Self { available_times: self.available_times.clone(), ..Self::default() };
        *self != nothing || self.available_times.iter().any(|time| time.date_time.is_some())
    }
}

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
