//! Compares a URL as written with the parser's result.

use url::Url;

/// Whether the text has its host after two slashes. A parser also accepts `https:host`,
/// `https:/host` and `https:///host`, which other clients read as a path.
pub fn names_host(text: &str, url: &Url) -> bool {
    let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    rest.is_some_and(|rest| !rest.starts_with('/'))
}
