//! `docs/templates.md`: each example makes what the page shows.

use http::{HeaderMap, HeaderName};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use shared::config::{ConfigFile, SendConfig};
use shared::lynn::inbound::{Arrival, Foreign, InboundEvent};
use templates::{Context, PROACTIVE, samples};

const PAGE: &str = include_str!("../../../../docs/templates.md");

/// A block of code: its language and its text.
type Block<'a> = (&'a str, &'a str);

/// The examples: their titles, and their blocks.
fn examples() -> Vec<(&'static str, Vec<Block<'static>>)> {
    let example = |part: &'static str| {
        let (title, rest) = part.split_once('\n').unwrap();
        let blocks = rest.split("\n```").skip(1).step_by(2);
        (title, blocks.map(|block| block.split_once('\n').unwrap()).collect())
    };
    PAGE.split("\n### ").skip(1).map(example).collect()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The checked documents of a configuration with a part of `lynn`.
fn configured(part: &Value) -> (SecretString, SecretString) {
    let mut lynn = json!({ "webhookUrl": "https://lynn.example.com/hook",
                           "inboundAuth": [ { "type": "apiKey", "key": "k" } ] });
    for (key, value) in part.as_object().unwrap() {
        lynn[key] = value.clone();
    }
    let file = json!({ "integrations": [ {
        "name": "support",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
                     "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                     "webhookSecrets": [ "0123456789abcdef" ] },
        "lynn": lynn } ] });
    let file = ConfigFile::parse(&file.to_string(), std::path::Path::new("")).unwrap();
    file.integrations.into_values().next().unwrap()
}

/// A message in the form of HTTP: its first line, its headers, its body.
fn message(text: &str) -> (&str, Vec<(&str, &str)>, &str) {
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    (first, lines.map(|line| line.split_once(": ").unwrap()).collect(), body)
}

fn check_outbound(title: &str, part: &Value, expected: &str) {
    let (_, send) = configured(part);
    let config = SendConfig::parse(&send).unwrap();
    let templates = templates::outbound(&config).unwrap();
    // Every sample is rendered, as `bridge config check` does.
    for sample in samples("support") {
        if let Some(entry) = templates.of_type(sample.kind) {
            let rendered = entry.request(&Context::event(&sample.event));
            assert!(rendered.is_ok(), "{title}: {}: {rendered:?}", sample.name);
        }
    }
    let kind = part["templates"].as_object().unwrap().keys().next().unwrap();
    let (entry, wanted) = match kind.as_str() {
        PROACTIVE => (templates.proactive(), "message"),
        kind => (templates.of_type(kind), kind),
    };
    let sample = samples("support").into_iter().find(|sample| sample.kind == wanted).unwrap();
    let mut context = Context::event(&sample.event);
    if let Some(campaign) = &config.lynn.proactive {
        context = context.with_campaign(&campaign.campaign_id);
    }
    let request = entry.unwrap().request(&context).unwrap().unwrap();
    let (line, headers, body) = message(expected);
    let method = request.method.map_or_else(|| "POST".to_owned(), |method| method.to_string());
    let url = request.url.unwrap_or_else(|| config.lynn.webhook_url.clone());
    assert_eq!(format!("{method} {}", url.as_str()), line, "{title}");
    let made: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(made, headers, "{title}");
    assert_eq!(json_of(&request.body.unwrap()), json_of(body), "{title}");
}

fn check_inbound(title: &str, part: &Value, request: &str, expected: &str) {
    let (receive, _) = configured(part);
    let config = shared::config::ReceiveConfig::parse(&receive).unwrap();
    let (line, headers, body) = message(request);
    let (method, target) = line.split_once(' ').unwrap();
    let pairs = target.split_once('?').map_or("", |(_, query)| query).split('&');
    let query: Map<String, Value> = pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let map: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), value.parse().unwrap()))
        .collect();
    let arrival = Arrival::of(&map);
    let body = Foreign::read(body.as_bytes(), &arrival).unwrap().body;
    let headers: Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let request = json!({ "method": method, "query": query, "headers": headers, "body": body });
    let made = templates::inbound(&config).unwrap().render(&request).unwrap();
    assert_eq!(made, json_of(expected), "{title}");
    let events = match &made {
        Value::Array(events) => events.iter().collect(),
        event => vec![event],
    };
    for event in events {
        let event = event.to_string();
        let read = InboundEvent::read(event.as_bytes(), &arrival.of_made(0), || {
            shared::ids::LynnEventId::new("new")
        });
        assert!(read.is_ok(), "{title}: {read:?}");
    }
}

#[test]
fn each_example_makes_what_the_page_shows() {
    let examples = examples();
    assert_eq!(examples.len(), 6);
    for (title, blocks) in examples {
        match &blocks[..] {
            [("json", part), ("http", expected)] => check_outbound(title, &json_of(part), expected),
            [("json", part), ("http", request), ("json", expected)] => {
                check_inbound(title, &json_of(part), request, expected);
            }
            _ => panic!("{title}: {blocks:?}"),
        }
    }
}
