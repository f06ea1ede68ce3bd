//! Decides which types of files are passed on, and recognises a file by its first bytes; pure.
//!
//! Rule: the bytes decide. The announced type only chooses among the types that share a container,
//! such as audio and video in MP4, if the bytes leave it open. The table contains no type that a
//! browser would run.

mod sniff;

use self::sniff::{Container, is_old_text, sniff};
use super::link::MediaKey;

/// The number of bytes that suffice to recognise a file.
pub const SNIFFED: usize = 512;

/// The MIME type of unknown data.
pub const ANY_FILE: &str = "application/octet-stream";

/// A type of file that is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The MIME type under which the copy is served.
    pub mime: &'static str,
    /// The file name extension.
    pub extension: &'static str,
    /// The container that its bytes show.
    container: Container,
}

const fn kind(mime: &'static str, extension: &'static str, container: Container) -> Kind {
    Kind { mime, extension, container }
}

/// The table. If several rows have one container, the first is the type of a file that is announced
/// as [`ANY_FILE`] or not at all. A file in one of the [`VAGUE`] containers must be announced.
const KINDS: [Kind; 35] = [
    kind("image/jpeg", "jpg", Container::Jpeg),
    kind("image/png", "png", Container::Png),
    kind("image/gif", "gif", Container::Gif),
    kind("image/webp", "webp", Container::Webp),
    kind("image/bmp", "bmp", Container::Bmp),
    kind("image/tiff", "tiff", Container::Tiff),
    kind("image/heic", "heic", Container::Heif),
    kind("image/heif", "heif", Container::Heif),
    kind("image/avif", "avif", Container::Avif),
    kind("video/mp4", "mp4", Container::Iso),
    kind("audio/mp4", "m4a", Container::Iso),
    kind("audio/x-m4a", "m4a", Container::Iso),
    kind("audio/aac", "m4a", Container::Iso),
    kind("video/quicktime", "mov", Container::Iso),
    kind("video/3gpp", "3gp", Container::Iso),
    kind("audio/3gpp", "3gp", Container::Iso),
    kind("video/webm", "webm", Container::Matroska),
    kind("audio/webm", "webm", Container::Matroska),
    kind("audio/ogg", "ogg", Container::Ogg),
    kind("audio/opus", "opus", Container::Ogg),
    kind("video/ogg", "ogv", Container::Ogg),
    kind("audio/mpeg", "mp3", Container::Mpeg),
    kind("audio/aac", "aac", Container::Adts),
    kind("audio/amr", "amr", Container::Amr),
    kind("audio/wav", "wav", Container::Wave),
    kind("application/pdf", "pdf", Container::Pdf),
    kind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
        Container::Zip,
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        Container::Zip,
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "pptx",
        Container::Zip,
    ),
    kind("application/msword", "doc", Container::Ole),
    kind("application/vnd.ms-excel", "xls", Container::Ole),
    kind("application/vnd.ms-powerpoint", "ppt", Container::Ole),
    kind("application/rtf", "rtf", Container::Rtf),
    kind("text/plain", "txt", Container::Text),
    kind("text/csv", "csv", Container::Text),
];

/// Containers that say too little: a file in one of them must be announced as one of its types.
const VAGUE: [Container; 2] = [Container::Zip, Container::Ole];

/// Other names for types of the table.
const ALIASES: [(&str, &str); 8] = [
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/x-wav", "audio/wav"),
    ("audio/wave", "audio/wav"),
    ("application/ogg", "audio/ogg"),
    ("text/rtf", "application/rtf"),
    ("text/comma-separated-values", "text/csv"),
];

/// Types that servers announce if they do not know the type.
const UNKNOWN: [&str; 4] =
    ["application/octet-stream", "binary/octet-stream", "application/x-download", "*/*"];

/// The MP4 brands that contain only audio, and the brands with their own video and audio types.
const SOUND_BRANDS: [&[u8]; 4] = [b"M4A ", b"M4B ", b"M4P ", b"F4A "];
const BRANDS: [(&[u8], &str, &str); 2] =
    [(b"qt", "video/quicktime", "audio/mp4"), (MOBILE, "video/3gpp", "audio/3gpp")];
/// The brands of 3GPP and 3GPP2. Their files are often announced as MP4, which many players refuse.
const MOBILE: &[u8] = b"3g";

/// Why the type of a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongKind {
    /// The type is not in the table.
    NotAllowed,
    /// The type differs from the announced one.
    Mismatch,
}

impl Kind {
    /// Returns the row of a stored MIME type.
    pub fn of_mime(mime: &str) -> Option<&'static Self> {
        let mime = known_word(mime);
        KINDS.iter().find(|kind| kind.mime == mime)
    }

    /// The `Content-Disposition` of a copy. A browser saves the copy instead of showing it as a
    /// page of the bridge, under a name that reveals nothing about its owner.
    pub fn disposition(&self, key: &MediaKey) -> String {
        let name = key.as_str().get(..12).unwrap_or_default();
        format!("attachment; filename=\"{name}.{}\"", self.extension)
    }

    /// Returns the type of a file. The inputs are its first [`SNIFFED`] bytes (all, if it has
    /// fewer) and the announced types: first the server's, then the message's. Only the message
    /// knows whether the file is audio or video. Further bytes change nothing, so the result does
    /// not depend on the pieces in which a file arrives.
    pub fn detect(head: &[u8], announced: &[Option<&str>]) -> Result<&'static Self, WrongKind> {
        let head = head.get(..SNIFFED).unwrap_or(head);
        let words: Vec<String> = announced
            .iter()
            .flatten()
            .map(|word| known_word(word))
            .filter(|word| word.contains('/') && !UNKNOWN.contains(&word.as_str()))
            .collect();
        let is_text = |word: &String| {
            KINDS.iter().any(|kind| kind.mime == *word && kind.container == Container::Text)
        };
        let container = sniff(head)
            .or_else(|| (words.iter().any(is_text) && is_old_text(head)).then_some(Container::Text))
            .ok_or(WrongKind::NotAllowed)?;
        // JSON is the answer of a program and not a file, whatever its first bytes.
        if words.iter().any(|word| is_json(word)) {
            return Err(WrongKind::NotAllowed);
        }
        let stream = stream(container, head, &words);
        let is_its = |kind: &&Self| {
            kind.container == container
                && stream.is_none_or(|stream| kind.mime.split('/').next() == Some(stream))
        };
        let fits = |word: &String| KINDS.iter().find(|kind| kind.mime == *word && is_its(kind));
        let branded = branded(container, head, stream);
        let own = branded.filter(|_| brand(head).is_some_and(|brand| brand.starts_with(MOBILE)));
        let own = own.filter(|mime| words.iter().all(|word| family(word) == family(mime)));
        let own = own.map(str::to_owned);
        if let Some(kind) = own.iter().chain(&words).find_map(fits) {
            return Ok(kind);
        }
        if VAGUE.contains(&container) {
            return Err(WrongKind::NotAllowed);
        }
        let branded = branded.and_then(|mime| fits(&mime.to_owned()));
        let first = branded.or_else(|| KINDS.iter().find(is_its));
        let first = first.ok_or(WrongKind::NotAllowed)?;
        match words.iter().all(|word| family(word) == family(first.mime)) {
            true => Ok(first),
            false => Err(WrongKind::Mismatch),
        }
    }
}

/// Returns the type without parameters, in lower case, under the table's name for it.
fn known_word(mime: &str) -> String {
    let word = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match ALIASES.iter().find(|(alias, _)| *alias == word) {
        Some((_, known)) => (*known).to_owned(),
        None => word,
    }
}

fn is_json(word: &str) -> bool {
    let format = word.split('/').nth(1).unwrap_or_default();
    format.ends_with("json") || format.ends_with("jsonl")
}

/// Whether a container that can hold both holds audio or video. The brand decides, if it says so;
/// otherwise the message, otherwise the server.
fn stream(container: Container, head: &[u8], words: &[String]) -> Option<&'static str> {
    if !matches!(container, Container::Iso | Container::Matroska | Container::Ogg) {
        return None;
    }
    if container == Container::Iso && SOUND_BRANDS.iter().any(|sound| brand(head) == Some(sound)) {
        return Some("audio");
    }
    words.iter().rev().find_map(|word| match word.split('/').next() {
        Some("audio") => Some("audio"),
        Some("video") => Some("video"),
        _ => None,
    })
}

/// Returns the default type of an MP4 brand that has its own types.
fn branded(container: Container, head: &[u8], stream: Option<&str>) -> Option<&'static str> {
    let brand = brand(head).filter(|_| container == Container::Iso)?;
    let (_, film, sound) = BRANDS.iter().find(|(start, _, _)| brand.starts_with(start))?;
    Some(if stream == Some("audio") { sound } else { film })
}

fn brand(head: &[u8]) -> Option<&[u8]> {
    head.get(8..12)
}

/// The group of a type, as a person sees it. Audio and video share containers, and many servers do
/// not distinguish them.
fn family(mime: &str) -> &str {
    match mime.split('/').next().unwrap_or_default() {
        "video" => "audio",
        family => family,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0";
    const M4A: &[u8] = b"\0\0\0\x1cftypM4A \0\0\0\0";
    const AVIF: &[u8] = b"\0\0\0\x1cftypavif\0\0\0\0";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\x06\0";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    #[test]
    fn the_bytes_decide() {
        let judge = |head: &[u8], announced: &[Option<&str>]| {
            Kind::detect(head, announced).map(|kind| kind.mime)
        };
        for (head, announced, expected) in [
            (PNG, Some("image/png"), Ok("image/png")),
            (PNG, None, Ok("image/png")),
            (PNG, Some("application/octet-stream"), Ok("image/png")),
            (PNG, Some("IMAGE/JPG; charset=x"), Ok("image/png")),
            (PNG, Some("application/pdf"), Err(WrongKind::Mismatch)),
            (PNG, Some("text/html"), Err(WrongKind::Mismatch)),
            (MP4, Some("video/mp4"), Ok("video/mp4")),
            (MP4, Some("audio/mp4"), Ok("audio/mp4")),
            (MP4, Some("audio/mpeg"), Ok("audio/mp4")),
            (MP4, Some("video/x-unknown"), Ok("video/mp4")),
            (MP4, None, Ok("video/mp4")),
            (M4A, Some("audio/*"), Ok("audio/mp4")),
            (M4A, Some("audio/x-m4a"), Ok("audio/x-m4a")),
            (M4A, Some("video/mp4"), Ok("audio/mp4")),
            (M4A, None, Ok("audio/mp4")),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", None, Ok("video/quicktime")),
            (b"\0\0\0\x14ftyp3gp4\0\0\0\0", Some("audio/*"), Ok("audio/3gpp")),
            (b"\0\0\0\x14ftyp3gp4\0\0\0\0", None, Ok("video/3gpp")),
            (b"\0\0\0\x14ftyp3gp5\0\0\0\0", Some("audio/mp4"), Ok("audio/3gpp")),
            (b"\0\0\0\x14ftyp3g2a\0\0\0\0", Some("video/mp4"), Ok("video/3gpp")),
            (b"\0\0\0\x14ftyp3gp4\0\0\0\0", Some("image/png"), Err(WrongKind::Mismatch)),
            (b"\x1a\x45\xdf\xa3\x01", Some("audio/*"), Ok("audio/webm")),
            (b"[1, 2]", Some("application/json"), Err(WrongKind::NotAllowed)),
            (b"Hello there", Some("application/problem+json"), Err(WrongKind::NotAllowed)),
            (PNG, Some("text/json; charset=utf-8"), Err(WrongKind::NotAllowed)),
            (MP4, Some("image/png"), Err(WrongKind::Mismatch)),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Some("image/heic"), Ok("image/heic")),
            (b"OggS\0\x02", Some("audio/ogg; codecs=opus"), Ok("audio/ogg")),
            (b"ID3\x03", Some("audio/mp3"), Ok("audio/mpeg")),
            (b"\xff\xfb\x90\x64", Some("audio/mpeg"), Ok("audio/mpeg")),
            (b"\xff\xf1\x50\x80", Some("audio/aac"), Ok("audio/aac")),
            (b"\xff\xf1\x7c\x80", Some("audio/aac"), Err(WrongKind::NotAllowed)),
            (b"\xff\xfe<\0h\0t\0m\0l\0", Some("audio/mpeg"), Err(WrongKind::NotAllowed)),
            (b"\xff\xfea\0,\0b\0", None, Err(WrongKind::NotAllowed)),
            (b"\xff\xff\xff\xff", Some("audio/mpeg"), Err(WrongKind::NotAllowed)),
            (b"\xff\xfb", Some("audio/mpeg"), Err(WrongKind::NotAllowed)),
            (AVIF, Some("image/avif"), Ok("image/avif")),
            (AVIF, None, Ok("image/avif")),
            (AVIF, Some("video/mp4"), Err(WrongKind::Mismatch)),
            (b"\0\0\0\x18ftypavis\0\0\0\0", Some("image/avif"), Ok("image/avif")),
            (b"\0\0\0\x18ftypmif1\0\0\0\0avifmiaf", None, Ok("image/avif")),
            (b"\0\0\0\x14ftypmif1\0\0\0\0heicavif", None, Ok("image/heic")),
            (b"\0\0\0\x18ftypmsf1\0\0\0\0hevc", Some("image/heic"), Ok("image/heic")),
            (b"\0\0\0\x18ftypheis\0\0\0\0", Some("image/heic"), Ok("image/heic")),
            (b"\0\0\0\x18ftyphevc\0\0\0\0", Some("image/heic"), Ok("image/heic")),
            (b"\0\0\0\x18ftyphevx\0\0\0\0", Some("image/heic"), Ok("image/heic")),
            (b"\r\n %PDF-1.4\n", Some("application/pdf"), Ok("application/pdf")),
            (b"\xef\xbb\xbf%PDF-1.4\n", None, Ok("application/pdf")),
            (b"x%PDF-1.4\n", Some("application/pdf"), Err(WrongKind::Mismatch)),
            (b"A\xf1o;2\n", Some("text/csv"), Ok("text/csv")),
            (b"\x80 5, d\xeda", Some("text/plain; charset=windows-1252"), Ok("text/plain")),
            (b"A\xf1o;2\n", None, Err(WrongKind::NotAllowed)),
            (b"A\xf1o;2\n", Some("image/png"), Err(WrongKind::NotAllowed)),
            (b"A\xf1o\0", Some("text/csv"), Err(WrongKind::NotAllowed)),
            (b"\xf1 <script>", Some("text/csv"), Err(WrongKind::NotAllowed)),
            (b"\xff\xfea\0;\0\xf1\0\n\0", Some("text/csv"), Ok("text/csv")),
            (b"\xfe\xff\0a\0;\0\xf1", Some("text/plain"), Ok("text/plain")),
            (b"\xff\xfea\0\x3d\xd8", Some("text/plain"), Ok("text/plain")),
            (b"\xff\xfe<\0h\0t\0m\0l\0", Some("text/csv"), Err(WrongKind::NotAllowed)),
            (b"\xff\xfea\0\0\0b\0", Some("text/csv"), Err(WrongKind::NotAllowed)),
            (b"#!AMR\n", Some("audio/amr"), Ok("audio/amr")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Some("audio/x-wav"), Ok("audio/wav")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", None, Ok("image/webp")),
            (b"%PDF-1.7\n", Some("application/pdf"), Ok("application/pdf")),
            (ZIP, Some(DOCX), Ok(DOCX)),
            (ZIP, Some("application/zip"), Err(WrongKind::NotAllowed)),
            (ZIP, None, Err(WrongKind::NotAllowed)),
            (ZIP, Some("image/png"), Err(WrongKind::NotAllowed)),
            ("Añb,2\nc,3\n".as_bytes(), Some("text/csv"), Ok("text/csv")),
            (b"Hello there", None, Ok("text/plain")),
            (b"<!DOCTYPE html><script>", Some("image/png"), Err(WrongKind::NotAllowed)),
            (b"  <svg onload=alert(1)>", Some("image/svg+xml"), Err(WrongKind::NotAllowed)),
            (b"Hello <ScRiPt>alert(1)</script>", Some("text/plain"), Err(WrongKind::NotAllowed)),
            (b"#!/bin/sh\nrm", Some("text/plain"), Err(WrongKind::NotAllowed)),
            (b"MZ\x90\0", Some("application/pdf"), Err(WrongKind::NotAllowed)),
            (b"\x7fELF", None, Err(WrongKind::NotAllowed)),
            (b"\x1f\x8b\x08", Some("image/png"), Err(WrongKind::NotAllowed)),
            (b"BM is a word", Some("text/plain"), Ok("text/plain")),
            (b"", Some("image/png"), Err(WrongKind::NotAllowed)),
            (b"<!--ftypisom--><script>", Some("video/mp4"), Err(WrongKind::NotAllowed)),
            // A page that begins like a picture counts as a picture and is served only as that.
            (b"GIF89a/*<script>*/=1;", Some("image/gif"), Ok("image/gif")),
            (b"GIF89a/*<script>*/=1;", Some("text/html"), Err(WrongKind::Mismatch)),
        ]
            as [(&[u8], Option<&str>, Result<&str, WrongKind>); 82]
        {
            let shown = String::from_utf8_lossy(head);
            assert_eq!(judge(head, &[announced]), expected, "{shown} as {announced:?}");
        }
    }

    #[test]
    fn the_server_is_asked_first_and_the_message_whether_it_is_a_sound() {
        let mime = |announced: &[Option<&str>]| Kind::detect(MP4, announced).map(|kind| kind.mime);
        assert_eq!(mime(&[Some("video/mp4"), Some("audio/mp4")]), Ok("audio/mp4"));
        assert_eq!(mime(&[Some("audio/mp4"), Some("video/mp4")]), Ok("video/mp4"));
        assert_eq!(mime(&[Some("video/quicktime"), Some("video/mp4")]), Ok("video/quicktime"));
        let text = [Some("application/json"), Some("text/plain")];
        assert_eq!(Kind::detect(b"[\"a token may read this\"]", &text), Err(WrongKind::NotAllowed));
        assert_eq!(mime(&[Some("application/octet-stream"), Some("audio/mp4")]), Ok("audio/mp4"));
        assert_eq!(mime(&[Some("text/plain"), Some("audio/mp4")]), Ok("audio/mp4"));
    }

    #[test]
    fn no_row_is_anything_that_a_browser_runs() {
        for kind in KINDS {
            assert!(
                !["html", "svg", "xml", "script"]
                    .iter()
                    .any(|bad| kind.mime.contains(&format!("/{bad}")))
            );
            assert_eq!(Kind::of_mime(kind.mime).map(|row| row.mime), Some(kind.mime));
        }
    }

    proptest! {
        #[test]
        fn markup_never_passes_whatever_it_is_announced_as(
            before in "[ \t\r\n]{0,8}", tag in prop::sample::select(vec!["<html", "<SCRIPT", "<!doctype html", "<svg", "<?xml"]),
            after in ".{0,40}", announced in prop::sample::select(KINDS.to_vec()),
        ) {
            let file = format!("{before}{tag}{after}");
            prop_assert!(Kind::detect(file.as_bytes(), &[Some(announced.mime)]).is_err());
        }

        #[test]
        fn nothing_makes_it_panic(head: Vec<u8>, announced in ".{0,30}") {
            let _ = Kind::detect(&head, &[Some(&announced), None]);
        }
    }
}
