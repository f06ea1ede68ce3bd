//! Links with a preview for Lynn: the link and its picture become attachments, its words become
//! lines of the text.

use shared::genesys::outbound::{Attachment, MediaType, RichLink};
use shared::lynn::outbound::OutboundAttachment;

use super::attachment;
use super::link::Unsupported;

/// The lines and the attachments of the link. An unsafe link is named as `kind`.
pub(super) fn rich_link(
    link: &RichLink,
    kind: &str,
    unsupported: &mut Unsupported,
) -> (Vec<String>, Vec<OutboundAttachment>) {
    let header = &link.header;
    let media = header.kind.as_deref().and_then(media_type);
    let title = header.value.as_ref().filter(|_| media.is_none());
    let lines = [title, link.text.as_ref(), link.footer.as_ref()];
    let picture = media.and_then(|media_type| {
        let url = header.value.clone();
        Some(Attachment { media_type: Some(media_type), url: Some(url?), ..Attachment::default() })
    });
    let page = link.url.as_ref().map(|url| Attachment {
        media_type: Some(MediaType::Link),
        url: Some(url.clone()),
        text: link.url_label.clone(),
        ..Attachment::default()
    });
    if page.is_none() {
        unsupported.add(kind);
    }
    let mut attachments = Vec::new();
    for (name, file) in [("Attachment", picture), (kind, page)] {
        let Some(file) = file else { continue };
        match attachment::outbound(&file) {
            Some(file) => attachments.push(file),
            None => unsupported.add(name),
        }
    }
    (lines.into_iter().flatten().cloned().collect(), attachments)
}

/// The media type of the header; `None` for a line of text.
fn media_type(kind: &str) -> Option<MediaType> {
    match MediaType::parse(kind) {
        MediaType::Unknown(_) => None,
        known => Some(known),
    }
}
