//! The files of a message in the words of a client that speaks Open Messaging.

use convert::{InboundPart, RelayedCall};
use media::{AttachmentRef, FileOutcome};
use serde_json::{Value, json};

use super::{FAMILIES, LONGEST, family, replacement};

/// A link to a page is not a file.
pub(super) fn files(part: &InboundPart, call: &RelayedCall) -> Vec<AttachmentRef> {
    let content = call.body.get("content").and_then(Value::as_array);
    let files = content.into_iter().flatten().enumerate().filter_map(|(position, content)| {
        let text = |key: &str| content.get("attachment")?.get(key)?.as_str().map(str::to_owned);
        let is_page = text("mediaType").is_some_and(|kind| kind.eq_ignore_ascii_case("link"));
        let url = text("url").filter(|_| !is_page)?;
        let mime = text("mime");
        let place = format!("{}/{position}", part.message_id);
        let name = Some(format!("content[{position}]"));
        Some(AttachmentRef { place, name, url, mime, only_from_genesys: false })
    });
    files.collect()
}

/// A copied file gets the link to its copy. A refused one is replaced by a line for the agent.
pub(super) fn apply_outcomes(call: &mut RelayedCall, outcomes: &[(AttachmentRef, FileOutcome)]) {
    let text = call.body.get("text").and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![text.to_owned()];
    let Some(Value::Array(content)) = call.body.get_mut("content") else { return };
    let mut position = 0;
    content.retain_mut(|content| {
        let suffix = format!("/{position}");
        position += 1;
        let is_its = |(file, _): &&(AttachmentRef, FileOutcome)| file.place.ends_with(&suffix);
        let Some(attachment) = content.get_mut("attachment") else { return true };
        match outcomes.iter().find(is_its).map(|(_, outcome)| outcome) {
            None | Some(FileOutcome::Unchanged) => true,
            Some(FileOutcome::Copied { url, mime, .. }) => {
                attachment["url"] = json!(url);
                attachment["mime"] = json!(mime);
                // Genesys would refuse an image whose MIME type belongs to another family.
                let kind = attachment.get("mediaType").and_then(Value::as_str).unwrap_or_default();
                let named = FAMILIES.iter().find(|(_, known)| json!(known) == kind);
                if named.is_some_and(|(start, _)| !mime.starts_with(start)) {
                    attachment["mediaType"] = json!(family(mime));
                }
                true
            }
            Some(FileOutcome::Refused(refusal)) => {
                let text = |key: &str| attachment.get(key).and_then(Value::as_str);
                lines.push(replacement(text("filename"), text("text"), *refusal));
                false
            }
        }
    });
    if content.is_empty() {
        call.body.remove("content");
    }
    // The customer's own words come first: a line that does not fit is left out.
    let mut whole = String::new();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        let joined = if whole.is_empty() { line } else { format!("{whole}\n{line}") };
        if whole.is_empty() || joined.encode_utf16().count() <= LONGEST {
            whole = joined;
        }
    }
    if !whole.is_empty() {
        call.body.insert("text".to_owned(), json!(whole));
    }
}
