//! How Genesys Cloud tells of agents and ends: by an EventBridge integration, or by workflows that post to the bridge.

use std::collections::BTreeSet;

use super::super::blind::Seen;
use super::super::check::Check;
use super::super::finding::Finding;
use super::obstacle::Addresses;
use super::posts::{self, Post};
use crate::organization::{EVENT_BRIDGE, Kind, Object, Organization, Topic};

/// How events are to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the partner event source of this name, which a stack listens to.
    Bus(String),
    /// Posted by workflows, for which the integration has a key.
    Posts,
    /// Not at all.
    None,
}

/// An EventBridge integration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    name: String,
    is_on: bool,
    topics: BTreeSet<String>,
}

/// What tells of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tellers {
    /// Integrations with the event source that the stack listens to, of this name.
    Sources(String, Vec<Source>),
    /// Triggers and their workflows.
    Posts(Vec<Post>),
    /// Nothing was set up.
    Nobody,
}

/// What is there, for the way that is set up.
pub async fn tellers(administrator: &Organization, way: &Way) -> Seen<Tellers> {
    Ok(match way {
        Way::Bus(source) => Tellers::Sources(source.clone(), sources(administrator, source).await?),
        Way::Posts => Tellers::Posts(posts::look(administrator).await?),
        Way::None => Tellers::Nobody,
    })
}

/// The EventBridge integrations whose suffix is the source's last part.
async fn sources(administrator: &Organization, source: &str) -> Seen<Vec<Source>> {
    let suffix = source.rsplit('/').next().unwrap_or_default();
    let mut found = Vec::new();
    for integration in administrator.all(Kind::Integration).await? {
        if integration.text("/integrationType/id") != EVENT_BRIDGE {
            continue;
        }
        let path = format!("{}/config/current", Kind::Integration.one(integration.id()));
        // A list may show what is gone.
        let Some(config) = administrator.find(&path).await? else { continue };
        if config.text("/properties/eventSourceSuffix") == suffix {
            found.push(source_of(&integration, &config));
        }
    }
    Ok(found)
}

fn source_of(integration: &Object, config: &Object) -> Source {
    let filter = config.0.pointer("/properties/eventFilter").and_then(serde_json::Value::as_array);
    let topics = filter
        .into_iter()
        .flatten()
        .filter_map(|topic| topic.as_str()?.strip_prefix(Topic::PREFIX));
    Source {
        name: integration.name().to_owned(),
        is_on: is_on(integration),
        topics: topics.map(str::to_owned).collect(),
    }
}

/// Whether an integration is switched on, and works as far as it says.
pub fn is_on(integration: &Object) -> bool {
    let reported = integration.text("/reportedState/code");
    integration.text("/intendedState").eq_ignore_ascii_case("enabled")
        && (reported.is_empty() || reported.eq_ignore_ascii_case("active"))
}

/// Whether all is told that the bridge listens to; `ours` is where it takes posted events.
pub fn judge(way: &Way, seen: &Seen<Tellers>, ours: &Addresses) -> Vec<Finding> {
    let check = Check::GenesysEvents;
    if *way == Way::None {
        let reason = "neither an event source nor genesys.eventsApiKey is set up: Lynn hears late that an agent came or a conversation ended";
        let action = "choose one of the two ways of docs/genesys-events.md";
        return vec![Finding::warn(check, reason, action)];
    }
    match seen {
        Err(blind) => vec![blind.finding(check)],
        Ok(Tellers::Sources(name, sources)) => vec![judge_sources(name, sources)],
        Ok(Tellers::Posts(posts)) => posts::judge(posts, ours),
        Ok(Tellers::Nobody) => Vec::new(),
    }
}

/// Whether the integrations of an event source tell all topics.
fn judge_sources(source: &str, sources: &[Source]) -> Finding {
    let check = Check::GenesysEvents;
    let told: BTreeSet<&str> = sources
        .iter()
        .filter(|source| source.is_on)
        .flat_map(|source| source.topics.iter().map(String::as_str))
        .collect();
    let wanted = Topic::ALL.map(Topic::word).into_iter();
    let missing: Vec<&str> = wanted.filter(|topic| !told.contains(topic)).collect();
    let off: Vec<&str> =
        sources.iter().filter(|source| !source.is_on).map(|source| source.name.as_str()).collect();
    match missing.as_slice() {
        [] => Finding::ok(check, "all five topics are told"),
        _ if sources.is_empty() => Finding::fail(
            check,
            format!("no EventBridge integration has the suffix of {source}"),
            "add Amazon EventBridge Source in Admin > Integrations, or run `bridge setup`",
        ),
        missing if !off.is_empty() => Finding::fail(
            check,
            format!("not told: {}; switched off: {}", missing.join(", "), off.join(", ")),
            "activate it in Admin > Integrations",
        ),
        missing => Finding::fail(
            check,
            format!("not told: {}", missing.join(", ")),
            "add these topics in Admin > Integrations",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::*;

    fn source(state: &str, topics: &[&str]) -> Source {
        let topics: Vec<_> =
            topics.iter().map(|topic| format!("{}{topic}", Topic::PREFIX)).collect();
        let integration = json!({ "name": "lynn-events", "intendedState": state });
        let config = json!({ "properties": { "eventFilter": topics } });
        source_of(&Object(integration), &Object(config))
    }

    #[test]
    fn what_is_not_told_is_named() {
        let wanted = Topic::ALL.map(Topic::word);
        let of =
            |sources: &[Source]| judge_sources("aws.partner/genesys.com/cloud/o/lynn", sources);
        assert_eq!(of(&[source("ENABLED", &wanted)]).outcome, Outcome::Ok);
        let some = of(&[source("ENABLED", &wanted[..3])]);
        assert_eq!(some.reason, "not told: acd.start, acd.end");
        let off = of(&[source("DISABLED", &wanted)]);
        assert!(off.reason.ends_with("switched off: lynn-events"), "{}", off.reason);
        assert_eq!(of(&[]).outcome, Outcome::Fail);
    }

    #[test]
    fn no_way_at_all_is_worth_a_look() {
        let found = judge(&Way::None, &Ok(Tellers::Nobody), &Addresses::default());
        assert_eq!(found[0].outcome, Outcome::Warn);
    }
}
