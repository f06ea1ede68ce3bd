//! The URL and the headers of a rendered request.
//!
//! Rule: scheme and host are written out in the template, so that no value decides who gets an
//! event and its credentials.

use http::HeaderValue;
use serde_json::Value as Json;
use shared::config::BaseUrl;
use shared::endpoint;

use crate::engine::NULL;
use crate::expression::first_expression;
use crate::fault::Problem;

const UNWRITTEN: &str =
    "write the scheme and the host out, and a / behind them, before the first expression";
const STEP: &str = "a part of the URL's path is `.` or `..`, which leads to another address";

/// Checks the beginning of a URL, which must not depend on a value.
pub(crate) fn check(url: &str) -> Result<(), Problem> {
    let Some(first) = first_expression(url) else { return read(url).map(drop) };
    let written = url.get(..first).unwrap_or_default();
    let host = written.split_once("://").map(|(_, rest)| rest);
    if !host.is_some_and(|rest| rest.contains(['/', '?'])) {
        return Err(Problem::Url(UNWRITTEN));
    }
    read(written).map(drop)
}

/// Reads a rendered URL. Null is nothing in a query; in a path it would lead to another address.
pub(crate) fn read(url: &str) -> Result<BaseUrl, Problem> {
    let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    if path.contains(NULL) {
        return Err(Problem::Null);
    }
    let url = format!("{path}{}", query.replace(NULL, ""));
    // Clients drop control characters; a value holds them encoded.
    if url.chars().any(char::is_control) || endpoint::has_step(&url) {
        return Err(Problem::Url(STEP));
    }
    BaseUrl::parse(&url).map_err(Problem::Url)
}

/// Makes the value of a header of a rendered text. `None`: null, the header is left out.
pub(crate) fn header(value: &Json) -> Result<Option<HeaderValue>, Problem> {
    let text = match value {
        Json::Null => return Ok(None),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    // Blanks around a value are not part of it in HTTP, so they are not sent.
    HeaderValue::from_bytes(text.trim_matches([' ', '\t']).as_bytes())
        .map(Some)
        .map_err(|_| Problem::Header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_written_out() {
        for url in [
            "https://lynn.example.com/api/{{ event.id }}",
            "https://lynn.example.com?id={{ event.id }}",
            "http://127.0.0.1:8080/{{ event.id }}?a=b",
            "https://lynn.example.com/hook",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "{{ event.id }}",
            "https://{{ event.id }}/",
            "https://lynn.example.com{{ event.id }}/",
            "https://lynn.example.com:{{ event.id }}/",
            "http://lynn.example.com/{{ event.id }}",
            "https://user:secret@lynn.example.com/{{ event.id }}",
            "https://lynn.example.com/a/../{{ event.id }}",
            "https://lynn.example.com/#{{ event.id }}",
            "",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
