//! Makes events of the requests of other systems, by the integration's `inboundTemplate`.
//!
//! Rules: the caller is verified before anything is read. The template's result is read as a body
//! of Lynn's, so the same bounds hold. A field that the template misses is the caller's error, a
//! template that cannot be compiled the operator's.

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, Request, Response};
use serde_json::{Map, Value, json};
use shared::error::chain;
use shared::genesys::signature;
use shared::ids::{IntegrationName, LynnEventId};
use shared::lynn::authentication::KEY_HEADER;
use shared::lynn::inbound::{Arrival, Foreign, InboundEvent, Read, Refused};
use shared::problem::{self, FieldError};
use shared::standard_webhooks::SIGNATURE_HEADER;
use shared::verified::Verified;
use templates::{Faults, InboundTemplate};
use url::form_urlencoded;

/// The most events of one request.
const MOST: usize = 100;

/// The events of one request.
pub(crate) struct Reads {
    pub events: Vec<Read>,
    /// Whether a template made a list of events.
    pub is_list: bool,
    /// The result of a template.
    pub made: Option<Made>,
}

/// The result of a template for a request: an extension of the answer, for those who watch the
/// bridge from inside. It is not sent.
#[derive(Clone)]
pub struct Made(pub Value);

/// The events that a template makes of a request, or the refusal.
pub(crate) fn events(
    integration: &IntegrationName,
    template: &InboundTemplate,
    request: &Request<Bytes>,
    body: &Verified,
    new_id: &dyn Fn() -> LynnEventId,
) -> Result<Reads, Box<Response<Bytes>>> {
    if !template.faults().0.is_empty() {
        log(integration, template.faults());
        return Err(Box::new(problem::unusable_template()));
    }
    let arrival = Arrival::of(request.headers());
    let Foreign { body, replaced } =
        Foreign::read(body.bytes(), &arrival).map_err(|refused| Box::new(refusal(&refused)))?;
    let request = json!({
        "method": request.method().as_str(),
        "query": query(request.uri().query().unwrap_or_default()),
        "headers": headers(request.headers()),
        "body": body,
    });
    let made = template.render(&request).map_err(|faults| {
        log(integration, &faults);
        Box::new(problem::invalid(&fields(&faults)))
    })?;
    let mut read = read(&made, &arrival, replaced, new_id);
    let made = Made(made);
    match &mut read {
        Ok(reads) => reads.made = Some(made),
        Err(refusal) => drop(refusal.extensions_mut().insert(made)),
    }
    read
}

/// Reads what a template made as bodies of Lynn's.
fn read(
    made: &Value,
    arrival: &Arrival,
    replaced: bool,
    new_id: &dyn Fn() -> LynnEventId,
) -> Result<Reads, Box<Response<Bytes>>> {
    let (made, is_list) = match made {
        Value::Array(events) => (events.as_slice(), true),
        event => (std::slice::from_ref(event), false),
    };
    if made.len() > MOST {
        let error = FieldError::new("", format!("must have at most {MOST} events"));
        return Err(Box::new(problem::invalid(&[error])));
    }
    let mut events = Vec::with_capacity(made.len());
    let mut errors = Vec::new();
    for (place, event) in made.iter().enumerate() {
        let event = event.to_string();
        match InboundEvent::read(event.as_bytes(), &arrival.of_made(place), new_id) {
            Ok(read) => events.push(Read { replaced: replaced || read.replaced, ..read }),
            Err(Refused::Invalid(wrong)) if is_list => errors.extend(wrong.iter().map(|error| {
                let below = if error.field.is_empty() { "" } else { "." };
                FieldError::new(&format!("[{place}]{below}{}", error.field), &*error.message)
            })),
            Err(refused) => return Err(Box::new(refusal(&refused))),
        }
    }
    if errors.is_empty() {
        Ok(Reads { events, is_list, made: None })
    } else {
        Err(Box::new(problem::invalid(&errors)))
    }
}

/// The answer to a body that is refused.
pub(crate) fn refusal(refused: &Refused) -> Response<Bytes> {
    match refused {
        Refused::Invalid(errors) => problem::invalid(errors),
        Refused::OtherType(error) => problem::not_json(error.as_ref()),
        Refused::Charset(name) => problem::unknown_charset(name),
    }
}

fn fields(faults: &Faults) -> Vec<FieldError> {
    let field =
        |fault: &templates::Fault| FieldError::new(&fault.pointer, fault.problem.to_string());
    faults.0.iter().map(field).collect()
}

/// The parameters of a query: texts, or lists of texts where a name occurs several times.
pub fn query(query: &str) -> Value {
    let mut found = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        add(&mut found, &name, Value::from(value.as_ref()));
    }
    Value::Object(found)
}

/// The headers by their names in lower case, without those by which the caller proved itself.
fn headers(headers: &HeaderMap) -> Value {
    let hidden = [
        AUTHORIZATION.as_str(),
        PROXY_AUTHORIZATION.as_str(),
        COOKIE.as_str(),
        KEY_HEADER,
        SIGNATURE_HEADER,
        signature::HEADER,
    ];
    let mut found = Map::new();
    for (name, value) in headers {
        if !hidden.iter().any(|hidden| name.as_str().eq_ignore_ascii_case(hidden)) {
            add(&mut found, name.as_str(), Value::from(String::from_utf8_lossy(value.as_bytes())));
        }
    }
    Value::Object(found)
}

fn add(found: &mut Map<String, Value>, name: &str, value: Value) {
    match found.get_mut(name) {
        None => drop(found.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = json!([first.take(), value]),
    }
}

/// The caller sees the same, and the operator repairs the template.
fn log(integration: &IntegrationName, faults: &Faults) {
    tracing::warn!(
        event.name = "inbound_template_failed",
        integration = integration.as_str(),
        error = chain(faults),
        "The inboundTemplate of an integration fails on a request; the caller was told."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_the_caller_is_not_shown() {
        let mut map = HeaderMap::new();
        for name in
            ["authorization", "x-api-key", "webhook-signature", "cookie", "x-hub-signature-256"]
        {
            map.insert(name, "planted".parse().unwrap());
        }
        map.insert("User-Agent", "n8n".parse().unwrap());
        map.append("x-a", "1".parse().unwrap());
        map.append("x-a", "2".parse().unwrap());
        assert_eq!(headers(&map), json!({ "user-agent": "n8n", "x-a": ["1", "2"] }));
        assert_eq!(
            query("a=1+2&b=%C3%B1&c&a=3&a=4"),
            json!({ "a": ["1 2", "3", "4"], "b": "ñ", "c": "" })
        );
        assert_eq!(query(""), json!({}));
    }
}
