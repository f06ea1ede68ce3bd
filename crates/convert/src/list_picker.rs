//! Lists for Lynn: the options become quick replies, the introduction becomes lines of the text.

use shared::genesys::outbound::{ListPicker, ListPickerItem, ReceivedMessage};
use shared::lynn::outbound::QuickReply;

use super::link::Unsupported;

/// The lines and the options of a list.
pub(super) fn list_picker(
    picker: &ListPicker,
    unsupported: &mut Unsupported,
) -> (Vec<String>, Vec<QuickReply>) {
    let mut lines = lines(&picker.received_message);
    lines.extend(picker.sections.iter().filter_map(|section| section.title.clone()));
    let items = picker.sections.iter().flat_map(|section| &section.items);
    (lines, items.filter_map(|item| option(item, unsupported)).collect())
}

/// The introduction of a list or a form.
pub(super) fn lines(message: &ReceivedMessage) -> Vec<String> {
    [&message.header, &message.title, &message.subtitle].into_iter().flatten().cloned().collect()
}

/// The title of an item, with its subtitle.
pub(super) fn label(item: &ListPickerItem) -> Option<String> {
    match (&item.title, &item.subtitle) {
        (Some(title), Some(subtitle)) => Some(format!("{title} ({subtitle})")),
        (one, other) => one.as_ref().or(other.as_ref()).cloned(),
    }
}

fn option(item: &ListPickerItem, unsupported: &mut Unsupported) -> Option<QuickReply> {
    let Some(text) = label(item).or_else(|| item.id.clone()) else {
        unsupported.add("ListPicker");
        return None;
    };
    Some(QuickReply {
        payload: item.id.as_ref().or(item.title.as_ref()).unwrap_or(&text).clone(),
        image_url: unsupported.page(item.image_url.as_ref(), "Image"),
        text,
    })
}
