//! Files and links, both ways.
//!
//! Rules: Genesys requires a media type and a MIME type; what Lynn does not say is derived, never left out. A file's name does no
//! harm on the other side.

use percent_encoding::percent_decode_str;
use url::Url;

use super::file_name;
use super::link;
use crate::genesys::inbound::{InboundAttachment, InboundMediaType};
use crate::genesys::outbound::{Attachment as GenesysAttachment, MediaType};
use crate::lynn::inbound::Attachment as LynnAttachment;
use crate::lynn::outbound::{OutboundAttachment, OutboundMediaType};

/// The MIME type of which nothing is known.
const ANY_FILE: &str = "application/octet-stream";

/// Lynn's and its channels' words for what a file is.
const LYNN_WORDS: [(&str, InboundMediaType); 14] = [
    ("image", InboundMediaType::Image),
    ("photo", InboundMediaType::Image),
    ("picture", InboundMediaType::Image),
    ("sticker", InboundMediaType::Image),
    ("gif", InboundMediaType::Image),
    ("video", InboundMediaType::Video),
    ("audio", InboundMediaType::Audio),
    ("voice", InboundMediaType::Audio),
    ("file", InboundMediaType::File),
    ("document", InboundMediaType::File),
    ("pdf", InboundMediaType::File),
    ("link", InboundMediaType::Link),
    ("url", InboundMediaType::Link),
    ("location", InboundMediaType::Link),
];

/// The families of MIME types, with both sides' word.
const MIME_FAMILIES: [(&str, InboundMediaType, OutboundMediaType); 3] = [
    ("image", InboundMediaType::Image, OutboundMediaType::Image),
    ("video", InboundMediaType::Video, OutboundMediaType::Video),
    ("audio", InboundMediaType::Audio, OutboundMediaType::Audio),
];

/// A file of the customer's for Genesys; the caption is the text given.
pub(super) fn inbound(attachment: &LynnAttachment, caption: Option<String>) -> InboundAttachment {
    let filename = attachment.filename.as_deref().and_then(file_name::harmless);
    let mime = mime_of(attachment.mime.as_deref(), filename.as_deref(), &attachment.url);
    let word = attachment.media_type.as_deref().map(str::trim);
    let media_type = word
        .and_then(|word| LYNN_WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)))
        .map(|(_, media_type)| *media_type)
        .or_else(|| family(&mime).map(|(media_type, _)| media_type))
        .unwrap_or(InboundMediaType::File);
    InboundAttachment { media_type, url: attachment.url.clone(), mime, filename, text: caption }
}

/// A file of the agent's for Lynn; `None` without a URL that a customer may be given.
pub(super) fn outbound(attachment: &GenesysAttachment) -> Option<OutboundAttachment> {
    let url = link::page(attachment.url.as_deref()?)?;
    let media_type = match &attachment.media_type {
        Some(MediaType::Image) => OutboundMediaType::Image,
        Some(MediaType::Video) => OutboundMediaType::Video,
        Some(MediaType::Audio) => OutboundMediaType::Audio,
        Some(MediaType::File) => OutboundMediaType::File,
        Some(MediaType::Link) => OutboundMediaType::Link,
        Some(MediaType::Unknown(_)) | None => attachment
            .mime
            .as_deref()
            .and_then(family)
            .map_or(OutboundMediaType::File, |(_, media_type)| media_type),
    };
    let page = (media_type == OutboundMediaType::Link).then_some("text/html");
    let given = attachment.mime.as_deref().or(page);
    let filename = attachment.filename.as_deref().and_then(file_name::harmless);
    Some(OutboundAttachment {
        id: attachment.id.clone(),
        media_type,
        mime: mime_of(given, filename.as_deref(), &url),
        url,
        filename,
        caption: attachment.text.clone(),
        size_bytes: attachment.content_size_bytes,
    })
}

fn family(mime: &str) -> Option<(InboundMediaType, OutboundMediaType)> {
    let name = mime.split('/').next().unwrap_or_default().trim();
    MIME_FAMILIES
        .iter()
        .find(|(family, _, _)| name.eq_ignore_ascii_case(family))
        .map(|(_, inbound, outbound)| (*inbound, *outbound))
}

/// The MIME type: the one given, else that of the name's or the URL's ending, else that of any file.
fn mime_of(given: Option<&str>, filename: Option<&str>, url: &str) -> String {
    let given = given.map(str::trim).filter(|mime| mime.contains('/'));
    if let Some(given) = given {
        return given.to_owned();
    }
    let from_name = filename.and_then(mime_of_name);
    let from_url = || mime_of_name(&last_segment(url)?);
    from_name.or_else(from_url).unwrap_or_else(|| ANY_FILE.to_owned())
}

fn mime_of_name(name: &str) -> Option<String> {
    mime_guess::from_path(name).first_raw().map(str::to_owned)
}

fn last_segment(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let segment = url.path_segments()?.next_back()?;
    Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
}
