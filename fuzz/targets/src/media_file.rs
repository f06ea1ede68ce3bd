//! Files: their bytes decide the type with which they are served, and no type that a browser would
//! run is ever served.

use media::{ANY_FILE, Kind, MediaKey, SNIFFED};

use crate::first_line;

/// Types that their first bytes identify.
const KNOWN: [(&str, &[u8]); 6] = [
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/gif", b"GIF8"),
    ("image/webp", b"RIFF"),
    ("application/pdf", b"%PDF-"),
    ("audio/amr", b"#!AMR"),
];

/// The first line is the type from the server, the second the type from the message, the rest the
/// file.
pub fn media_file(input: &[u8]) {
    let (server, rest) = first_line(input);
    let (message, file) = first_line(rest);
    let [server, message] = [server, message].map(|line| std::str::from_utf8(line).ok());
    let detected = Kind::detect(file, &[server, message]);
    let head = &file[..file.len().min(SNIFFED)];
    assert_eq!(
        Kind::detect(head, &[server, message]),
        detected,
        "what comes later changes nothing"
    );
    let unsaid = Kind::detect(file, &[]);
    assert_eq!(
        Kind::detect(file, &[Some(ANY_FILE), None]),
        unsaid,
        "who knows nothing says nothing"
    );
    for kind in [detected, unsaid].into_iter().flatten() {
        assert_eq!(Kind::of_mime(kind.mime).map(|known| known.mime), Some(kind.mime));
        let again = Kind::detect(file, &[Some(kind.mime)]).map(|kind| kind.mime);
        assert_eq!(again, Ok(kind.mime), "a copy is what its original is");
        harmless(kind, file);
    }
}

fn harmless(kind: &Kind, file: &[u8]) {
    let word = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-".contains(&byte))
    };
    assert!(word(kind.mime) && word(kind.extension), "{kind:?}");
    for runs in ["html", "svg", "xhtml", "javascript", "ecmascript", "multipart"] {
        assert!(!kind.mime.contains(runs), "{}", kind.mime);
    }
    for (mime, beginning) in KNOWN {
        assert!(kind.mime != mime || file.starts_with(beginning), "{mime}");
    }
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file).trim_ascii_start();
    assert!(!text.starts_with(b"<"), "markup is given out as {}", kind.mime);
    let disposition = kind.disposition(&MediaKey::of(&["m-1"]));
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    assert!(disposition.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{disposition}");
    assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
}
