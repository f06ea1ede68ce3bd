//! The content kinds of the general model that a customer can see. None was seen on Open Messaging.
//!
//! Source: the models `ConversationContentText`, `…RichLink`, `…ListPicker`, `…Form` and
//! `…NotificationResponse` of the official Python SDK 269.0.0.

use serde::Deserialize;
use serde_json::Value;

use super::super::lenient::{self, wire_types};
use super::bodies::DatePicker;

/// The text of an element: the field of its body, or the body itself.
pub(super) fn text(body: Value) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Text {
        #[serde(deserialize_with = "lenient::text")]
        body: Option<String>,
    }
    let text = match body {
        Value::String(text) => Some(text),
        body => super::read::<Text>(body)?.body,
    };
    text.filter(|text| !text.trim().is_empty())
}

wire_types! {
    /// A link with a preview.
    pub struct RichLink shows [] {
        header: RichLinkHeader = "lenient::defaulted",
        text: Option<String> = "lenient::text",
        footer: Option<String> = "lenient::text",
        /// The link's label.
        url_label: Option<String> = "lenient::text",
        url: Option<String> = "lenient::text",
    }

    /// The part above a link.
    pub struct RichLinkHeader shows [kind] {
        /// `File`, `Image`, `Text` or `Video`.
        #[serde(rename = "type")]
        kind: Option<String> = "lenient::text",
        /// The text, or the URL of the file.
        value: Option<String> = "lenient::text",
    }

    pub struct ListPicker shows [] {
        /// The options, in groups.
        sections: Vec<ListPickerSection> = "lenient::each",
        /// The introduction.
        received_message: ReceivedMessage = "lenient::defaulted",
    }

    /// A group of options.
    pub struct ListPickerSection {
        title: Option<String> = "lenient::text",
        items: Vec<ListPickerItem> = "lenient::each",
    }

    pub struct ListPickerItem {
        id: Option<String> = "lenient::text",
        /// The text that the customer sees.
        title: Option<String> = "lenient::text",
        /// The text below the title.
        subtitle: Option<String> = "lenient::text",
        /// The URL of a picture.
        image_url: Option<String> = "lenient::text",
    }

    /// The introduction of a list or a form.
    pub struct ReceivedMessage {
        header: Option<String> = "lenient::text",
        /// The question.
        title: Option<String> = "lenient::text",
        /// The text below the question.
        subtitle: Option<String> = "lenient::text",
    }

    /// Several questions, on pages.
    pub struct Form shows [] {
        introduction: ReceivedMessage = "lenient::defaulted",
        form_pages: Vec<FormPage> = "lenient::each",
        /// The text that the customer sees first.
        received_message: ReceivedMessage = "lenient::defaulted",
    }

    pub struct FormPage {
        title: Option<String> = "lenient::text",
        subtitle: Option<String> = "lenient::text",
        /// The questions.
        page_components: Vec<FormComponent> = "lenient::each",
    }

    /// A question of a form; one of these fields is set.
    pub struct FormComponent {
        date_picker: Option<DatePicker>,
        /// A choice of one value.
        wheel_picker: Option<WheelPicker>,
        /// A choice of one or more list items.
        list_picker: Option<ListPicker>,
        /// A field for the customer's own words.
        input: Option<FormInput>,
    }

    pub struct FormInput {
        /// The question.
        title: Option<String> = "lenient::text",
        /// The text below the question.
        subtitle: Option<String> = "lenient::text",
    }

    pub struct WheelPicker {
        items: Vec<WheelPickerItem> = "lenient::each",
    }

    pub struct WheelPickerItem {
        /// The text that the customer sees.
        title: Option<String> = "lenient::text",
        value: Option<String> = "lenient::text",
    }

    /// The answer to a request for notifications.
    pub struct NotificationResponse shows [status] {
        /// `Accepted` or `Declined`.
        #[serde(rename = "notificationStatus")]
        status: Option<String> = "lenient::text",
        #[serde(rename = "notificationText")]
        text: Option<String> = "lenient::text",
    }
}

impl RichLink {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.url.is_some() || self.text.is_some() || self.header.value.is_some()
    }
}

impl ListPicker {
    /// Whether there is anything to choose.
    pub(super) fn has_words(&self) -> bool {
        self.sections.iter().any(|section| !section.items.is_empty())
    }
}

impl Form {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        let nothing = ReceivedMessage::default();
        !self.form_pages.is_empty()
            || self.introduction != nothing
            || self.received_message != nothing
    }
}

impl NotificationResponse {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.status.is_some()
    }
}
