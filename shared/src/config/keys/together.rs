//! Checks of keys that depend on each other.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use crate::config::document::DEFAULT_LISTEN;
use crate::config::error::ConfigError;
use crate::config::send::NO_ALIAS;
use crate::config::templates::{AUTHENTICATES, TWICE, header_of};
use crate::config::values::NO_HUB_SECRET;
use crate::event_type::OutboundType;

/// The types whose events are Genesys Cloud's own bodies in the dialect `genesys`.
const RELAYED: [&str; 3] = ["message", "typing", "receipt"];

/// Checks every integration. Skips keys that are missing or wrong by themselves, because that error
/// is already reported.
pub(super) fn check(document: &Value, one_machine: bool, errors: &mut Vec<ConfigError>) {
    let address = |key: &str, default| {
        let text = document.get(key).and_then(Value::as_str).or(default)?;
        text.parse::<SocketAddr>().ok().filter(|address| address.port() != 0)
    };
    let both = address("metricsListen", None).zip(address("listen", Some(DEFAULT_LISTEN)));
    if both.is_some_and(|(metrics, listen)| overlap(metrics, listen)) {
        errors
            .push(ConfigError::new("metricsListen", "it needs an address of its own, not listen"));
    }
    let integrations = document.get("integrations").and_then(Value::as_array);
    let mut names = BTreeSet::new();
    for (position, entry) in integrations.into_iter().flatten().enumerate() {
        let mut wrong = |key: &str, problem: &str| {
            errors.push(ConfigError::new(format!("integrations[{position}].{key}"), problem));
        };
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let number = |pointer: &str, default: u64| {
            entry.pointer(pointer).map_or(Some(default), Value::as_u64)
        };
        if text("/name").is_some_and(|name| !names.insert(name.to_owned())) {
            wrong("name", "another integration has the same name");
        }
        if text("/media/mode") == Some("relay") {
            let (hours, minutes) =
                (number("/media/linkHours", 72), number("/delivery/maxAgeMinutes", 240));
            let is_short = |(hours, minutes): (u64, u64)| hours.saturating_mul(60) <= minutes;
            if hours.zip(minutes).is_some_and(is_short) {
                wrong("media.linkHours", "links must live longer than delivery.maxAgeMinutes");
            }
            let base = entry.pointer("/media/publicBaseUrl");
            if one_machine && base.is_none_or(Value::is_null) {
                wrong(
                    "media.publicBaseUrl",
                    "this key is required with mode relay: the URL by which Genesys Cloud and Lynn reach the bridge",
                );
            }
        }
        let alias = entry.pointer("/genesys/agentAlias");
        if text("/genesys/agentNames") == Some("alias") && alias.is_none_or(Value::is_null) {
            wrong("genesys.agentAlias", NO_ALIAS);
        }
        let hub_secret = entry.pointer("/lynn/hubSecret");
        if text("/lynn/dialect") == Some("genesys") && hub_secret.is_none_or(Value::is_null) {
            wrong("lynn.hubSecret", NO_HUB_SECRET);
        }
        let auth = header_of(text("/lynn/auth/type").unwrap_or_default(), text("/lynn/auth/name"));
        let headers = entry.pointer("/lynn/headers").and_then(Value::as_array);
        let mut headers_before: BTreeSet<String> = BTreeSet::new();
        for (position, header) in headers.into_iter().flatten().enumerate() {
            let name = header.get("name").and_then(Value::as_str).unwrap_or_default();
            let key = format!("lynn.headers[{position}].name");
            if auth.is_some_and(|auth| auth.eq_ignore_ascii_case(name)) {
                wrong(&key, AUTHENTICATES);
            }
            if !headers_before.insert(name.to_ascii_lowercase()) {
                wrong(&key, TWICE);
            }
        }
        let campaign = entry.pointer("/lynn/proactive");
        if text("/lynn/quietSession") == Some("proactive") && campaign.is_none_or(Value::is_null) {
            wrong(
                "lynn.proactive",
                "quietSession is proactive, so a campaign is needed: url and campaignId",
            );
        }
    }
}

/// Whether two addresses cannot be listened on together: the unspecified address takes the port of
/// every address of its kind, and that of IPv6 takes IPv4's too.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let takes =
        |one: IpAddr, other: IpAddr| one.is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    let (first, second) = (one.ip(), other.ip());
    one.port() == other.port() && (first == second || takes(first, second) || takes(second, first))
}

/// Warns of keys that do nothing together.
pub(super) fn warn(document: &Value, warnings: &mut Vec<ConfigError>) {
    let integrations = document.get("integrations").and_then(Value::as_array);
    for (position, entry) in integrations.into_iter().flatten().enumerate() {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let mut useless = |key: &str, problem: &str| {
            let key = format!("integrations[{position}].{key}");
            warnings.push(ConfigError::new(key, problem));
        };
        let is_set = |pointer: &str| entry.pointer(pointer).is_some_and(|value| !value.is_null());
        let ways = entry.pointer("/lynn/inboundAuth").and_then(Value::as_array);
        let is_of_engine =
            |way: &Value| way.get("type").and_then(Value::as_str) == Some("oauthClient");
        let is_dialect = text("/lynn/dialect") == Some("genesys");
        let tells_no_session = is_dialect && ways.is_some_and(|ways| ways.iter().all(is_of_engine));
        if text("/genesys/conversationPer") == Some("session") && tells_no_session {
            useless(
                "genesys.conversationPer",
                "with dialect genesys, Lynn must tell of sessions on /lynn/{integration}, and no entry of lynn.inboundAuth opens that route; add an apiKey or a signature",
            );
        }
        if is_dialect && ways.is_some_and(|ways| !ways.iter().any(is_of_engine)) {
            useless(
                "lynn.inboundAuth",
                "with dialect genesys, Lynn's engine logs in with an oauthClient, and no entry is one",
            );
        }
        let templates = entry.pointer("/lynn/templates").and_then(Value::as_object);
        let types = templates.into_iter().flatten().map(|(kind, _)| kind.as_str());
        for kind in types {
            let key = format!("lynn.templates.{kind}");
            if is_dialect && RELAYED.contains(&kind) {
                useless(
                    &key,
                    "with dialect genesys, Genesys Cloud's own body is relayed, so this template is never used",
                );
            }
            if kind == "proactive" && !is_set("/lynn/proactive") {
                useless(
                    &key,
                    "without lynn.proactive no campaign is posted, so this template is never used",
                );
            }
            let listed = entry.pointer("/lynn/events").and_then(Value::as_array);
            let is_listed =
                |known: &Vec<Value>| known.iter().any(|known| known.as_str() == Some(kind));
            let is_type = OutboundType::WORDS.contains(&kind);
            let is_posted = listed.map_or_else(
                || OutboundType::DEFAULT.iter().any(|known| known.as_str() == kind),
                is_listed,
            );
            if is_type && !is_posted {
                useless(
                    &key,
                    "lynn.events does not list this type, so this template is never used",
                );
            }
        }
    }
}
