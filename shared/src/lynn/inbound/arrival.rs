//! Reads the request headers that describe the body: content type, charset and event id.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::unfilled::is_unfilled;

/// The headers with the id of an event whose body has no `id`; the first one wins.
const ID_HEADERS: [&str; 2] = ["webhook-id", "idempotency-key"];

/// The declared type of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    /// No declared type: some flows cannot set the header.
    #[default]
    Nothing,
    Json,
    Form,
    /// Any other type, such as `text/plain`.
    Other,
}

/// The declared properties of a body.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub(super) said: Said,
    pub(super) charset: Option<String>,
    /// The header's name, and the id.
    pub(super) id: Option<(&'static str, String)>,
}

impl Arrival {
    pub fn of(headers: &HeaderMap) -> Self {
        let content_type = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
        let content_type = content_type.map(String::from_utf8_lossy).unwrap_or_default();
        let (essence, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
        let charset = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"').to_owned();
            name.trim().eq_ignore_ascii_case("charset").then_some(value)
        });
        Self {
            said: said(essence.trim()),
            charset,
            id: ID_HEADERS.into_iter().find_map(|name| id(headers, name)),
        }
    }
}

impl Arrival {
    /// The properties of an event that a template made: JSON, and the id of the request. Of several
    /// events of a request, counted from 0, each has an id of its own.
    #[must_use]
    pub fn of_made(&self, place: usize) -> Self {
        let id = self.id.as_ref().map(|(name, id)| match place {
            0 => (*name, id.clone()),
            _ => (*name, format!("{id}.{}", place + 1)),
        });
        Self { said: Said::Json, charset: None, id }
    }
}

fn said(essence: &str) -> Said {
    let essence = essence.to_ascii_lowercase();
    match essence.as_str() {
        "" => Said::Nothing,
        "application/x-www-form-urlencoded" => Said::Form,
        "application/json" | "text/json" | "application/x-json" => Said::Json,
        other if other.ends_with("+json") => Said::Json,
        _ => Said::Other,
    }
}

/// An `idempotency-key` may be in quotes: draft-ietf-httpapi-idempotency-key-header.
fn id(headers: &HeaderMap, name: &'static str) -> Option<(&'static str, String)> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    let value = value.trim();
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = inside.unwrap_or(value);
    (!is_unfilled(value)).then(|| (name, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Arrival {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Arrival::of(&map)
    }

    #[test]
    fn the_type_is_read_whatever_stands_around_it() {
        for (content_type, expected) in [
            ("application/json", Said::Json),
            ("Application/JSON ; charset=utf-8", Said::Json),
            ("application/cloudevents+json", Said::Json),
            ("application/x-www-form-urlencoded;charset=UTF-8", Said::Form),
            ("text/plain", Said::Other),
            ("multipart/form-data; boundary=x", Said::Other),
            ("", Said::Nothing),
        ] {
            assert_eq!(of(&[("content-type", content_type)]).said, expected, "{content_type}");
        }
        assert_eq!(of(&[]).said, Said::Nothing);
        let latin = of(&[("content-type", "text/plain; a=b; Charset=\"ISO-8859-1\"")]);
        assert_eq!(latin.charset.as_deref(), Some("ISO-8859-1"));
    }

    #[test]
    fn the_first_header_with_an_id_names_the_event() {
        let id = |headers: &[(&'static str, &'static str)]| of(headers).id.map(|(_, id)| id);
        let (webhook, key) = (("webhook-id", "msg_1"), ("idempotency-key", "\"k-1\""));
        assert_eq!(id(&[key, webhook]).as_deref(), Some("msg_1"));
        assert_eq!(id(&[key]).as_deref(), Some("k-1"));
        assert_eq!(id(&[("webhook-id", "{{id}}"), key]).as_deref(), Some("k-1"));
        assert_eq!(id(&[("webhook-id", ""), ("idempotency-key", "\"\"")]), None);
        assert_eq!(id(&[]), None);
    }
}
