//! The content kinds of the general model that a customer can see. None was seen on Open Messaging.
//!
//! Source: the models `ConversationContentText`, `…RichLink`, `…ListPicker`, `…Form` and
//! `…NotificationResponse` of the official Python SDK 269.0.0.

use serde::Deserialize;
use serde_json::Value;

use super::super::lenient;
use super::bodies::DatePicker;
use crate::wire::debug_shows;

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

/// A link with a preview.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RichLink {
    #[serde(deserialize_with = "lenient::defaulted")]
    pub header: RichLinkHeader,
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub footer: Option<String>,
    /// The link's label.
    #[serde(deserialize_with = "lenient::text")]
    pub url_label: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
}

debug_shows!(RichLink:);

impl RichLink {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.url.is_some() || self.text.is_some() || self.header.value.is_some()
    }
}

/// The part above a link.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RichLinkHeader {
    /// `File`, `Image`, `Text` or `Video`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// The text, or the URL of the file.
    #[serde(deserialize_with = "lenient::text")]
    pub value: Option<String>,
}

debug_shows!(RichLinkHeader: kind);

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPicker {
    /// The options, in groups.
    #[serde(deserialize_with = "lenient::each")]
    pub sections: Vec<ListPickerSection>,
    /// The introduction.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub received_message: ReceivedMessage,
}

debug_shows!(ListPicker:);

impl ListPicker {
    /// Whether there is anything to choose.
    pub(super) fn has_words(&self) -> bool {
        self.sections.iter().any(|section| !section.items.is_empty())
    }
}

/// A group of options.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPickerSection {
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::each")]
    pub items: Vec<ListPickerItem>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPickerItem {
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The text that the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below the title.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image_url: Option<String>,
}

/// The introduction of a list or a form.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReceivedMessage {
    #[serde(deserialize_with = "lenient::text")]
    pub header: Option<String>,
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below the question.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
}

/// Several questions, on pages.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Form {
    #[serde(deserialize_with = "lenient::defaulted")]
    pub introduction: ReceivedMessage,
    #[serde(deserialize_with = "lenient::each")]
    pub form_pages: Vec<FormPage>,
    /// The text that the customer sees first.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub received_message: ReceivedMessage,
}

debug_shows!(Form:);

impl Form {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        let nothing = ReceivedMessage::default();
        !self.form_pages.is_empty()
            || self.introduction != nothing
            || self.received_message != nothing
    }
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormPage {
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
    /// The questions.
    #[serde(deserialize_with = "lenient::each")]
    pub page_components: Vec<FormComponent>,
}

/// A question of a form; one of these fields is set.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormComponent {
    pub date_picker: Option<DatePicker>,
    /// A choice of one value.
    pub wheel_picker: Option<WheelPicker>,
    /// A choice of one or more list items.
    pub list_picker: Option<ListPicker>,
    /// A field for the customer's own words.
    pub input: Option<FormInput>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormInput {
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below the question.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WheelPicker {
    #[serde(deserialize_with = "lenient::each")]
    pub items: Vec<WheelPickerItem>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct WheelPickerItem {
    /// The text that the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub value: Option<String>,
}

/// The answer to a request for notifications.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NotificationResponse {
    /// `Accepted` or `Declined`.
    #[serde(rename = "notificationStatus", deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(rename = "notificationText", deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(NotificationResponse: status);

impl NotificationResponse {
    /// Whether there is anything to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.status.is_some()
    }
}
