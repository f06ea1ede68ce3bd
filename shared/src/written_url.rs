//! A URL as a person or a program wrote it, beside what a parser made of it.

use url::Url;

/// Whether the text names its host behind two slashes. A parser also takes `https:host`,
/// `https:/host` and `https:///host`, where other readers see a path.
pub fn names_host(text: &str, url: &Url) -> bool {
    let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    rest.is_some_and(|rest| !rest.starts_with('/'))
}
