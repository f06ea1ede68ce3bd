//! Recognises the format of a file by its first bytes; pure.

/// The formats that a file's first bytes can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    Tiff,
    /// MP4 and its family, without pictures: the brand or the announced type says whether it is
    /// video or audio.
    Iso,
    Heif,
    Avif,
    Matroska,
    Ogg,
    Mpeg,
    Adts,
    Amr,
    Wave,
    Pdf,
    /// Office documents since 2007.
    Zip,
    /// Office documents before 2007.
    Ole,
    Rtf,
    /// Readable text without markup.
    Text,
}

/// Returns the format that the first bytes show.
pub(super) fn sniff(head: &[u8]) -> Option<Container> {
    const SIGNATURES: [(usize, &[u8], Container); 24] = [
        (0, b"\xff\xd8\xff", Container::Jpeg),
        (0, b"\x89PNG\r\n\x1a\n", Container::Png),
        (0, b"GIF87a", Container::Gif),
        (0, b"GIF89a", Container::Gif),
        (8, b"WEBP", Container::Webp),
        (8, b"WAVE", Container::Wave),
        (0, b"BM", Container::Bmp),
        (0, b"II*\0", Container::Tiff),
        (0, b"MM\0*", Container::Tiff),
        (4, b"ftyphei", Container::Heif),
        (4, b"ftyphev", Container::Heif),
        (4, b"ftypavif", Container::Avif),
        (4, b"ftypavis", Container::Avif),
        (4, b"ftypmif1", Container::Heif),
        (4, b"ftypmsf1", Container::Heif),
        (4, b"ftyp", Container::Iso),
        (0, b"\x1a\x45\xdf\xa3", Container::Matroska),
        (0, b"OggS", Container::Ogg),
        (0, b"ID3", Container::Mpeg),
        (0, b"#!AMR", Container::Amr),
        (0, b"%PDF-", Container::Pdf),
        (0, b"PK\x03\x04", Container::Zip),
        (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Container::Ole),
        (0, b"{\\rtf", Container::Rtf),
    ];
    let shows = |(at, signature, _): &&(usize, &[u8], Container)| {
        head.get(*at..).is_some_and(|rest| rest.starts_with(signature))
    };
    let mut known = SIGNATURES.iter().filter(shows).map(|(_, _, container)| *container);
    let known = known.find(|container| has_its_frame(*container, head));
    let known = match known {
        Some(Container::Heif) if has_avif(head) => Some(Container::Avif),
        None if is_late_pdf(head) => Some(Container::Pdf),
        known => known,
    };
    known.or_else(|| audio_frame(head)).or_else(|| is_text(head).then_some(Container::Text))
}

/// Further checks for signatures that are too short, or too far inside the file, to suffice alone.
fn has_its_frame(container: Container, head: &[u8]) -> bool {
    match container {
        Container::Webp | Container::Wave => head.starts_with(b"RIFF"),
        // The four bytes after the size of a bitmap are reserved.
        Container::Bmp => head.get(6..10) == Some(&[0; 4]),
        // The first box is small, so its size begins with zeros. Four letters there could begin a
        // page.
        Container::Iso | Container::Heif | Container::Avif => head.starts_with(&[0; 2]),
        _ => true,
    }
}

/// Whether a picture of a general brand names AVIF among its other brands.
fn has_avif(head: &[u8]) -> bool {
    let size = head.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size));
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(head.len());
    let brands = head.get(16..size).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| matches!(brand, b"avif" | b"avis"))
}

/// Some programs write white space or a byte order mark before a PDF.
fn is_late_pdf(head: &[u8]) -> bool {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    head.trim_ascii_start().starts_with(b"%PDF-")
}

/// Recognises audio without a tag in front: eleven set bits begin a frame. Layer I is not
/// recognised: it is not in use, and its frames begin like a text in UTF-16.
fn audio_frame(head: &[u8]) -> Option<Container> {
    let [0xff, second, third, ..] = head else { return None };
    let is_adts = second & 0xf6 == 0xf0 && (third >> 2) & 0x0f < 13;
    let has_version = second & 0xe0 == 0xe0 && second & 0x18 != 0x08;
    let has_layer = matches!(second & 0x06, 0x02 | 0x04);
    let has_rates = third >> 4 != 0x0f && third & 0x0c != 0x0c;
    match (is_adts, has_version && has_layer && has_rates) {
        (true, _) => Some(Container::Adts),
        (_, true) => Some(Container::Mpeg),
        _ => None,
    }
}

/// Whether the bytes are UTF-8 without control characters and without the start of any markup.
fn is_text(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(text) => is_harmless(text),
        // The last character may be cut off.
        Err(error) if error.error_len().is_none() => {
            is_harmless(std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default())
        }
        Err(_) => false,
    }
}

/// Like [`is_text`], for the charsets in which spreadsheets save: UTF-16 behind its byte order
/// mark, and one byte for each character. Almost any bytes could be such a text, so it must be
/// announced.
pub(super) fn is_old_text(head: &[u8]) -> bool {
    let unit: fn([u8; 2]) -> u16 = match head {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        // Latin-1 and its relatives agree on what matters here: ASCII.
        _ => return is_harmless(&head.iter().map(|byte| latin(*byte)).collect::<String>()),
    };
    let units: Vec<u16> = head.chunks_exact(2).map(|two| unit([two[0], two[1]])).collect();
    let mut text: Vec<_> = char::decode_utf16(units).collect();
    // The last character may be cut off.
    text.pop_if(|last| last.is_err());
    text.into_iter().collect::<Result<String, _>>().is_ok_and(|text| is_harmless(&text))
}

/// The bytes that are control characters in Latin-1 are letters and signs in Windows-1252.
fn latin(byte: u8) -> char {
    if matches!(byte, 0x80..=0x9f) { '\u{fffd}' } else { char::from(byte) }
}

fn is_harmless(whole: &str) -> bool {
    let text = whole.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let readable = |character: char| !character.is_control() || "\t\r\n".contains(character);
    let markup = text.starts_with(['<', '{']) || text.starts_with("%!") || text.starts_with("#!");
    let tags = ["<script", "<html", "<!doctype", "<svg", "<?xml", "<iframe", "javascript:"];
    let lower = text.to_ascii_lowercase();
    !text.is_empty()
        && text.chars().all(readable)
        && !markup
        && !tags.iter().any(|tag| lower.contains(tag))
}
