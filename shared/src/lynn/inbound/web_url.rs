//! Web URLs as flows write them: with white space around and inside, line breaks, letters of any
//! language.

use url::Url;

use crate::written_url::names_host;

/// The URL, valid by RFC 3986: unchanged if it is valid, otherwise as a browser would request it.
/// `None` if it is not an `http` or `https` URL.
pub(super) fn normalised(text: &str) -> Option<String> {
    let text = text.trim();
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let is_whole = |text: &str| (0..text.len()).all(|at| is_fit(text.as_bytes(), at));
    if names_host(text, &url) && is_whole(text) {
        return Some(text.to_owned());
    }
    let given = url.as_str().as_bytes();
    let mut valid = String::with_capacity(given.len() + 16);
    for (at, byte) in given.iter().enumerate() {
        if is_fit(given, at) {
            valid.push(char::from(*byte));
        } else {
            valid.push_str(percent_encoding::percent_encode_byte(*byte));
        }
    }
    Some(valid)
}

/// Whether the byte at this position is allowed in a URL. A percent sign needs two digits after it.
fn is_fit(url: &[u8], at: usize) -> bool {
    match url[at] {
        b'%' => url.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_url_stays_as_it_is() {
        for url in [
            "https://f.example.com/a.pdf",
            "HTTPS://F.example.com",
            "http://127.0.0.1:8080/a/../b?X-Amz-Signature=a%2Fb&c=%7E#d",
            "https://[::1]/a",
        ] {
            assert_eq!(normalised(url).as_deref(), Some(url));
        }
    }

    #[test]
    fn what_a_browser_understands_becomes_a_valid_url() {
        for (given, valid) in [
            ("https://f.example.com/mi archivo.pdf", "https://f.example.com/mi%20archivo.pdf"),
            (" \thttps://f.example.com/a.pdf\u{a0}\r\n", "https://f.example.com/a.pdf"),
            ("https://f.example.com/a\n.pdf", "https://f.example.com/a.pdf"),
            ("https://f.example.com/año.pdf?q=ñ", "https://f.example.com/a%C3%B1o.pdf?q=%C3%B1"),
            ("https://españa.example/a", "https://xn--espaa-rta.example/a"),
            (r"https:\\f.example.com\a.pdf", "https://f.example.com/a.pdf"),
            ("https:f.example.com/a.pdf", "https://f.example.com/a.pdf"),
            ("https:/f.example.com/a.pdf", "https://f.example.com/a.pdf"),
            ("https:///f.example.com/a.pdf", "https://f.example.com/a.pdf"),
            ("https://f.example.com/100%.pdf", "https://f.example.com/100%25.pdf"),
            (
                "https://f.example.com/a|b^c\"<>`{}",
                "https://f.example.com/a%7Cb%5Ec%22%3C%3E%60%7B%7D",
            ),
        ] {
            let normal = normalised(given);
            assert_eq!(normal.as_deref(), Some(valid));
            assert_eq!(normalised(valid).as_deref(), Some(valid));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "f.example.com/a",
            "ftp://f.example.com/a",
            "https://",
            "javascript:alert(1)",
            "{{url}}",
            "/a",
            "https://a b/c",
        ] {
            assert_eq!(normalised(text), None, "{text}");
        }
    }
}
