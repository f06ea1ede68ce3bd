//! The bodies of content that the general model has, as far as a customer can be shown it; none was seen on Open Messaging.
//!
//! Source: the models `ConversationContentText`, `…RichLink`, `…ListPicker`, `…Form` and `…NotificationResponse` of the official
//! Python SDK 269.0.0.

use serde::Deserialize;
use serde_json::Value;

use super::super::lenient;
use super::bodies::DatePicker;
use crate::wire::debug_shows;

/// The text of an element: that of its body, or the body itself.
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
    /// What stands above.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub header: RichLinkHeader,
    /// The text.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What stands below.
    #[serde(deserialize_with = "lenient::text")]
    pub footer: Option<String>,
    /// What the link is called.
    #[serde(deserialize_with = "lenient::text")]
    pub url_label: Option<String>,
    /// Where it leads.
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
}

debug_shows!(RichLink:);

impl RichLink {
    /// Whether there is something to show.
    pub(super) fn has_words(&self) -> bool {
        self.url.is_some() || self.text.is_some() || self.header.value.is_some()
    }
}

/// What stands above a link.
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

/// A list to choose from.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPicker {
    /// The options, in groups.
    #[serde(deserialize_with = "lenient::list")]
    pub sections: Vec<ListPickerSection>,
    /// What the customer sees first.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub received_message: ReceivedMessage,
}

debug_shows!(ListPicker:);

impl ListPicker {
    /// Whether there is something to choose.
    pub(super) fn has_words(&self) -> bool {
        self.sections.iter().any(|section| !section.items.is_empty())
    }
}

/// A group of options.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPickerSection {
    /// What it is called.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The options.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<ListPickerItem>,
}

/// One option.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListPickerItem {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// What the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
    /// The URL of a picture.
    #[serde(deserialize_with = "lenient::text")]
    pub image_url: Option<String>,
}

/// What the customer sees first of a list or a form.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReceivedMessage {
    /// What stands above.
    #[serde(deserialize_with = "lenient::text")]
    pub header: Option<String>,
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
}

/// Several questions, on pages.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Form {
    /// What introduces it.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub introduction: ReceivedMessage,
    /// The pages.
    #[serde(deserialize_with = "lenient::list")]
    pub form_pages: Vec<FormPage>,
    /// What the customer sees first.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub received_message: ReceivedMessage,
}

debug_shows!(Form:);

impl Form {
    /// Whether there is something to show.
    pub(super) fn has_words(&self) -> bool {
        let nothing = ReceivedMessage::default();
        !self.form_pages.is_empty()
            || self.introduction != nothing
            || self.received_message != nothing
    }
}

/// A page of a form.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormPage {
    /// The headline.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
    /// The questions.
    #[serde(deserialize_with = "lenient::list")]
    pub page_components: Vec<FormComponent>,
}

/// A question of a form: one of these.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormComponent {
    /// A date.
    pub date_picker: Option<DatePicker>,
    /// One of several values.
    pub wheel_picker: Option<WheelPicker>,
    /// One or more of a list.
    pub list_picker: Option<ListPicker>,
    /// Words of the customer's own.
    pub input: Option<FormInput>,
}

/// A field for words.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormInput {
    /// The question.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The text below it.
    #[serde(deserialize_with = "lenient::text")]
    pub subtitle: Option<String>,
}

/// Several values.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WheelPicker {
    /// The values.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<WheelPickerItem>,
}

/// One value.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct WheelPickerItem {
    /// What the customer sees.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// What it is.
    #[serde(deserialize_with = "lenient::text")]
    pub value: Option<String>,
}

/// What became of a request to be notified.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NotificationResponse {
    /// `Accepted` or `Declined`.
    #[serde(rename = "notificationStatus", deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// The text.
    #[serde(rename = "notificationText", deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

debug_shows!(NotificationResponse: status);

impl NotificationResponse {
    /// Whether there is something to show.
    pub(super) fn has_words(&self) -> bool {
        self.text.is_some() || self.status.is_some()
    }
}
