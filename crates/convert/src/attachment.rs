//! Files and links, in both directions.
//!
//! Rules: Genesys requires a media type and a MIME type. If Lynn does not give them, the bridge
//! derives them. A file name must be harmless for the receiver.

use percent_encoding::percent_decode_str;
use shared::genesys::inbound::{InboundAttachment, InboundMediaType};
use shared::genesys::outbound::{Attachment as GenesysAttachment, MediaType};
use shared::lynn::inbound::Attachment as LynnAttachment;
use shared::lynn::outbound::{OutboundAttachment, OutboundMediaType};
use url::Url;

use super::file_name;
use super::link;

/// The MIME type of a file of unknown type.
const ANY_FILE: &str = "application/octet-stream";

/// The MIME type that the bridge gives to a link.
const PAGE: &str = "text/html";

/// The kinds of attachment that both vendors know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Video,
    Audio,
    File,
    Link,
}

/// Every kind, with each vendor's word.
const KINDS: [(Kind, InboundMediaType, OutboundMediaType); 5] = [
    (Kind::Image, InboundMediaType::Image, OutboundMediaType::Image),
    (Kind::Video, InboundMediaType::Video, OutboundMediaType::Video),
    (Kind::Audio, InboundMediaType::Audio, OutboundMediaType::Audio),
    (Kind::File, InboundMediaType::File, OutboundMediaType::File),
    (Kind::Link, InboundMediaType::Link, OutboundMediaType::Link),
];

/// The kinds that have a family of MIME types, and the default type of each.
const FAMILIES: [(&str, Kind, &str); 3] = [
    ("image", Kind::Image, "image/jpeg"),
    ("video", Kind::Video, "video/mp4"),
    ("audio", Kind::Audio, "audio/mp4"),
];

/// The media types of Lynn and its channels. The last column is the default MIME type, if it
/// differs from the default of the family.
const LYNN_WORDS: [(&str, Kind, Option<&str>); 14] = [
    ("image", Kind::Image, None),
    ("photo", Kind::Image, None),
    ("picture", Kind::Image, None),
    ("sticker", Kind::Image, None),
    ("gif", Kind::Image, Some("image/gif")),
    ("video", Kind::Video, None),
    ("audio", Kind::Audio, None),
    ("voice", Kind::Audio, None),
    ("file", Kind::File, None),
    ("document", Kind::File, None),
    ("pdf", Kind::File, Some("application/pdf")),
    ("link", Kind::Link, None),
    ("url", Kind::Link, None),
    ("location", Kind::Link, None),
];

/// Subtypes of containers that hold both video and audio. `video/mp4` and `audio/mp4` can be the
/// same file.
const CONTAINERS: [&str; 5] = ["mp4", "3gpp", "3gpp2", "webm", "ogg"];

/// Types that say nothing about the content. The file name says more.
const VAGUE: [&str; 7] = [
    ANY_FILE,
    "binary/octet-stream",
    "application/x-download",
    "application/force-download",
    "application/zip",
    "application/x-zip-compressed",
    "application/x-zip",
];

/// Prefixes of the types that a file name may imply. Other endings may belong to a program
/// (`image.php`) or a domain (`shop.com`).
const FILES: [&str; 16] = [
    "image/",
    "video/",
    "audio/",
    "text/plain",
    "text/csv",
    "text/html",
    "text/markdown",
    "text/vcard",
    "text/x-vcard",
    "text/calendar",
    "application/pdf",
    "application/msword",
    "application/vnd.",
    "application/rtf",
    "application/zip",
    "application/json",
];

/// Converts a customer's file for Genesys; `caption` becomes its text.
pub(super) fn inbound(attachment: &LynnAttachment, caption: Option<String>) -> InboundAttachment {
    let word = attachment.media_type.as_deref().map(str::trim).unwrap_or_default();
    let named = LYNN_WORDS.iter().find(|(known, _, _)| word.eq_ignore_ascii_case(known));
    // A MIME type in the field of the media type counts as the MIME type.
    let given = attachment.mime.as_deref().or_else(|| word.contains('/').then_some(word));
    let filename = attachment.filename.as_deref().and_then(file_name::harmless);
    let (name, url) = (filename.as_deref(), attachment.url.as_str());
    let last = named.and_then(|(_, _, last)| *last);
    let (kind, mime) = classify(named.map(|(_, kind, _)| *kind), last, given, name, url);
    let media_type = KINDS.iter().find(|(known, _, _)| *known == kind);
    InboundAttachment {
        media_type: media_type.map_or(InboundMediaType::File, |(_, inbound, _)| *inbound),
        url: attachment.url.clone(),
        mime,
        filename,
        text: caption,
    }
}

/// Converts an agent's file for Lynn. `None` if its URL is not safe for a customer.
pub(super) fn outbound(attachment: &GenesysAttachment) -> Option<OutboundAttachment> {
    let url = link::page(attachment.url.as_deref()?)?;
    let named = match &attachment.media_type {
        Some(MediaType::Image) => Some(Kind::Image),
        Some(MediaType::Video) => Some(Kind::Video),
        Some(MediaType::Audio) => Some(Kind::Audio),
        Some(MediaType::File) => Some(Kind::File),
        Some(MediaType::Link) => Some(Kind::Link),
        Some(MediaType::Unknown(_)) | None => None,
    };
    let filename = attachment.filename.as_deref().and_then(file_name::harmless);
    let (given, name) = (attachment.mime.as_deref(), filename.as_deref());
    let (kind, mime) = classify(named, None, given, name, &url);
    let media_type = KINDS.iter().find(|(known, _, _)| *known == kind);
    Some(OutboundAttachment {
        id: attachment.id.clone(),
        media_type: media_type.map_or(OutboundMediaType::File, |(_, _, outbound)| *outbound),
        mime,
        url,
        filename,
        caption: attachment.text.clone(),
        size_bytes: attachment.content_size_bytes,
    })
}

/// Chooses the kind and the MIME type of a file. The named kind decides the family; a type such as
/// `image/*` names a kind. The type is the given one, otherwise the one of the ending of the name
/// or URL, otherwise `last` or the default of the family.
fn classify(
    named: Option<Kind>,
    last: Option<&str>,
    given: Option<&str>,
    name: Option<&str>,
    url: &str,
) -> (Kind, String) {
    let given = given.map(str::trim).filter(|mime| mime.contains('/'));
    let (group, given) = match given {
        Some(given) if given.contains('*') => (family(given), None),
        given => (None, given),
    };
    let named = named.or(group);
    let says = given.filter(|mime| !VAGUE.iter().any(|vague| mime.eq_ignore_ascii_case(vague)));
    if named == Some(Kind::Link) {
        return (Kind::Link, says.unwrap_or(PAGE).to_owned());
    }
    let by_name = || name.and_then(mime_of_name).or_else(|| mime_of_name(&last_segment(url)?));
    let found = says.map(str::to_owned).or_else(by_name);
    let Some(kind) = named else {
        let mime =
            found.or_else(|| given.map(str::to_owned)).unwrap_or_else(|| ANY_FILE.to_owned());
        return (family(&mime).unwrap_or(Kind::File), mime);
    };
    let Some((own, _, usual)) = FAMILIES.iter().find(|(_, known, _)| *known == kind) else {
        let mime = found.as_deref().or(last).or(given).unwrap_or(ANY_FILE).to_owned();
        return (kind, mime);
    };
    let fitting = found.and_then(|mime| of_family(own, &mime));
    (kind, fitting.unwrap_or_else(|| last.unwrap_or(usual).to_owned()))
}

/// The type in the family `own`: itself if it belongs there, or the same container under that
/// family.
fn of_family(own: &str, mime: &str) -> Option<String> {
    let (family, format) = mime.split_once('/')?;
    if family.trim().eq_ignore_ascii_case(own) {
        return Some(mime.to_owned());
    }
    let format = format.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_stream =
        |name: &str| ["video", "audio"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let is_same =
        is_stream(own) && is_stream(family.trim()) && CONTAINERS.contains(&format.as_str());
    is_same.then(|| format!("{own}/{format}"))
}

fn family(mime: &str) -> Option<Kind> {
    let name = mime.split('/').next().unwrap_or_default().trim();
    let known = FAMILIES.iter().find(|(family, _, _)| name.eq_ignore_ascii_case(family));
    known.map(|(_, kind, _)| *kind)
}

/// The type that the ending of a file name implies, if [`FILES`] allows it.
fn mime_of_name(name: &str) -> Option<String> {
    let mime = mime_guess::from_path(name.trim()).first_raw()?;
    FILES.iter().any(|file| mime.starts_with(file)).then(|| mime.to_owned())
}

fn last_segment(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let segment = url.path_segments()?.next_back()?;
    Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(word: &str, mime: &str, name: &str, url: &str) -> (InboundMediaType, String) {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let attachment = LynnAttachment {
            media_type: given(word),
            mime: given(mime),
            url: format!("https://f.example.com/{url}"),
            filename: given(name),
            caption: None,
        };
        let done = inbound(&attachment, None);
        (done.media_type, done.mime)
    }

    #[test]
    fn the_named_kind_decides_the_family() {
        use InboundMediaType::{Audio, File, Image, Link, Video};
        const DOCX: &str =
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (word, mime, name, url, kind, expected) in [
            ("audio", "", "", "clip.mp4", Audio, "audio/mp4"),
            ("voice", "", "", "rec.3gp", Audio, "audio/3gpp"),
            ("voice", "", "", "rec.webm", Audio, "audio/webm"),
            ("voice", "", "", "rec.ogg?sig=1", Audio, "audio/ogg"),
            ("audio", "", "", "rec", Audio, "audio/mp4"),
            ("audio", "", "", "rec.mov", Audio, "audio/mp4"),
            ("audio", "video/mp4", "", "rec", Audio, "audio/mp4"),
            ("video", "audio/mp4; codecs=avc1", "", "rec", Video, "video/mp4"),
            ("video", "", "", "film.webm", Video, "video/webm"),
            ("video", "", "", "film", Video, "video/mp4"),
            ("image", "", "", "image.php?id=1", Image, "image/jpeg"),
            ("photo", "", "", "shop.com", Image, "image/jpeg"),
            ("image", "application/octet-stream", "", "p.png", Image, "image/png"),
            ("gif", "", "", "x", Image, "image/gif"),
            ("sticker", "image/webp", "", "x", Image, "image/webp"),
            ("", "", "", "image.php?id=1", File, ANY_FILE),
            ("file", "", "", "shop.com", File, ANY_FILE),
            ("", "", "", "p.png", Image, "image/png"),
            ("image/png", "", "", "x", Image, "image/png"),
            ("", "image/*", "", "x", Image, "image/jpeg"),
            ("", "image/*", "", "p.png", Image, "image/png"),
            ("audio/*", "", "", "x", Audio, "audio/mp4"),
            ("video", "*/*", "", "x", Video, "video/mp4"),
            ("", "*/*", "", "x", File, ANY_FILE),
            ("document", "application/octet-stream", "Contrato.docx", "x", File, DOCX),
            ("document", "application/zip", "Contrato.docx", "x", File, DOCX),
            ("document", "application/zip", "all.zip", "x", File, "application/zip"),
            ("document", "application/zip", "", "x", File, "application/zip"),
            ("document", "application/x-own", "a.pdf", "x", File, "application/x-own"),
            ("pdf", "", "", "x", File, "application/pdf"),
            ("link", "", "", "page", Link, PAGE),
            ("LOCATION", "", "", "maps?q=1,2", Link, PAGE),
            ("url", "", "", "p.png", Link, PAGE),
        ] {
            let done = kind_of(word, mime, name, url);
            assert_eq!(done, (kind, expected.to_owned()), "{word} {mime} {name} {url}");
        }
    }
}
