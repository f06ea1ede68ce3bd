//! Decides which links are safe for a customer.
//!
//! Rule: a link uses `http` or `https`; a button's link may also start a call (`tel`) or a mail
//! (`mailto`). Any other scheme, such as `javascript:`, `data:` or `file:`, would act on the
//! customer's own device: the link is omitted and named in `unsupported`.

use shared::written_url::names_host;
use url::Url;

const PAGES: &[&str] = &["http", "https"];
const BUTTONS: &[&str] = &["http", "https", "tel", "mailto"];

/// The names of content that was omitted, each once, in order.
#[derive(Debug, Default)]
pub(super) struct Unsupported(pub(super) Vec<String>);

impl Unsupported {
    pub(super) fn add(&mut self, name: &str) {
        if !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }

    /// A link to a page, a picture or a file. An unsafe link is named as `kind`.
    pub(super) fn page(&mut self, link: Option<&String>, kind: &str) -> Option<String> {
        self.checked(link, kind, PAGES)
    }

    /// The link of a button. An unsafe link is named as `kind`.
    pub(super) fn button(&mut self, link: Option<&String>, kind: &str) -> Option<String> {
        self.checked(link, kind, BUTTONS)
    }

    fn checked(&mut self, link: Option<&String>, kind: &str, schemes: &[&str]) -> Option<String> {
        let checked = checked(link?, schemes);
        if checked.is_none() {
            self.add(kind);
        }
        checked
    }
}

/// A safe link to a page or a file.
pub(super) fn page(link: &str) -> Option<String> {
    checked(link, PAGES)
}

fn checked(link: &str, schemes: &[&str]) -> Option<String> {
    let link = link.trim();
    let url = Url::parse(link).ok().filter(|url| schemes.contains(&url.scheme()))?;
    // Clients read white space, non-ASCII letters, and a scheme without two slashes in different
    // ways. For such links return the parser's result.
    let is_plain = link.bytes().all(|byte| byte.is_ascii_graphic())
        && (!url.has_host() || names_host(link, &url));
    Some(if is_plain { link.to_owned() } else { url.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_pages_pass_and_from_buttons_calls_and_mails() {
        for link in ["https://example.com/a?b=c#d", "http://example.com", "HTTPS://example.com"] {
            assert_eq!(page(link).as_deref(), Some(link));
            assert_eq!(checked(link, BUTTONS).as_deref(), Some(link));
        }
        for link in ["tel:+5215512345678", "mailto:ana@example.com"] {
            assert_eq!(page(link), None);
            assert_eq!(checked(link, BUTTONS).as_deref(), Some(link));
        }
        for link in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "JaVaScRiPt://example.com/%0aalert(1)",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "blob:https://example.com/1",
            "intent://x",
            "//example.com",
            "/relative",
            "example.com",
            "https://",
            "https:",
            "",
        ] {
            assert_eq!(checked(link, BUTTONS), None, "{link}");
        }
        assert_eq!(page(" https://example.com/a\nb ").as_deref(), Some("https://example.com/ab"));
        for link in ["https:example.com/a", "https:/example.com/a", "https:///example.com/a"] {
            assert_eq!(page(link).as_deref(), Some("https://example.com/a"), "{link}");
        }
        assert_eq!(page("https://example.com/ñ").as_deref(), Some("https://example.com/%C3%B1"));
    }

    #[test]
    fn what_may_not_be_given_is_named_once() {
        let mut unsupported = Unsupported::default();
        let bad = "javascript:x".to_owned();
        assert_eq!(unsupported.page(Some(&bad), "Image"), None);
        assert_eq!(unsupported.button(Some(&bad), "Image"), None);
        assert_eq!(unsupported.page(None, "Video"), None);
        assert_eq!(unsupported.0, ["Image"]);
    }
}
