//! How Genesys Cloud reports agents and ends: by an EventBridge integration, or by workflows that
//! post to the bridge.

use std::collections::BTreeSet;

use genesys_admin::organization::{EVENT_BRIDGE, Kind, Object, Organization, Topic};
use genesys_admin::table::{event_source, events_integration::is_on};

use super::obstacle::Addresses;
use super::posts::{self, Post};
use super::{Check, Finding, Observation};

/// How events are set up to arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over the partner event source of this name, which the stack is connected to.
    Bus(String),
    /// Posted by workflows; the integration has a key for them.
    Posts,
    None,
}

/// The objects that report events.
#[derive(Clone, Debug, PartialEq)]
pub enum Tellers {
    /// The integrations whose event source has this name, which the stack is connected to.
    Sources(String, Vec<Object>),
    /// The triggers and their workflows.
    Posts(Vec<Post>),
}

/// Reads the objects that report events in this way.
pub async fn tellers(administrator: &Organization, way: &Way) -> Observation<Tellers> {
    Ok(match way {
        Way::Bus(source) => Tellers::Sources(source.clone(), sources(administrator, source).await?),
        Way::Posts => Tellers::Posts(posts::trace(administrator).await?),
        Way::None => Tellers::Posts(Vec::new()),
    })
}

/// The EventBridge integrations whose suffix is the last part of the source's name.
async fn sources(administrator: &Organization, source: &str) -> Observation<Vec<Object>> {
    let wanted = source.rsplit('/').next().unwrap_or_default();
    let mut found = Vec::new();
    for mut integration in administrator.all(Kind::Integration).await? {
        // A list may show what was deleted.
        if integration.text("/integrationType/id") == EVENT_BRIDGE
            && administrator.read_told(&mut integration).await?
            && event_source::suffix(&integration) == wanted
        {
            found.push(integration);
        }
    }
    Ok(found)
}

/// Whether all topics are reported that the bridge needs; `ours` are the addresses at which it
/// accepts posted events.
pub fn assess(way: &Way, seen: &Observation<Tellers>, ours: &Addresses) -> Vec<Finding> {
    let check = Check::GenesysEvents;
    if *way == Way::None {
        let reason = "neither an event source nor genesys.eventsApiKey is set up: Lynn learns late that an agent joined or a conversation ended";
        let action = "choose one of the two ways of docs/genesys-events.md";
        return vec![check.warn(reason, action)];
    }
    match seen {
        Err(unavailable) => vec![unavailable.finding(check)],
        Ok(Tellers::Sources(name, sources)) => vec![assess_sources(name, sources)],
        Ok(Tellers::Posts(posts)) => posts::assess(posts, ours),
    }
}

/// Whether the integrations of an event source report all topics.
fn assess_sources(source: &str, sources: &[Object]) -> Finding {
    let check = Check::GenesysEvents;
    let told: BTreeSet<&str> = sources.iter().flat_map(event_source::told).collect();
    let wanted = Topic::ALL.map(Topic::word).into_iter();
    let missing: Vec<&str> = wanted.filter(|topic| !told.contains(topic)).collect();
    let off: Vec<&str> = sources.iter().filter(|source| !is_on(source)).map(Object::name).collect();
    match missing.as_slice() {
        [] => check.ok("all five topics are reported"),
        _ if sources.is_empty() => check.fail(
            format!("no EventBridge integration has the suffix of {source}"),
            "add Amazon EventBridge Source in Admin > Integrations, or run `bridge setup`",
        ),
        missing if !off.is_empty() => check.fail(
            format!("not reported: {}; switched off: {}", missing.join(", "), off.join(", ")),
            "activate it in Admin > Integrations",
        ),
        missing => check.fail(
            format!("not reported: {}", missing.join(", ")),
            "add these topics in Admin > Integrations",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::*;

    fn source(state: &str, topics: &[&str]) -> Object {
        let topics: Vec<_> =
            topics.iter().map(|topic| format!("{}{topic}", Topic::PREFIX)).collect();
        let told = json!({ "current": { "properties": { "eventFilter": topics } } });
        Object(json!({ "name": "lynn-events", "intendedState": state, "config": told }))
    }

    #[test]
    fn what_is_not_told_is_named() {
        let wanted = Topic::ALL.map(Topic::word);
        let of =
            |sources: &[Object]| assess_sources("aws.partner/genesys.com/cloud/o/lynn", sources);
        assert_eq!(of(&[source("ENABLED", &wanted)]).outcome, Outcome::Ok);
        let some = of(&[source("ENABLED", &wanted[..3])]);
        assert_eq!(some.reason, "not reported: acd.start, acd.end");
        let off = of(&[source("DISABLED", &wanted)]);
        assert!(off.reason.ends_with("switched off: lynn-events"), "{}", off.reason);
        assert_eq!(of(&[]).outcome, Outcome::Fail);
    }

    #[test]
    fn no_way_at_all_is_worth_a_look() {
        let found = assess(&Way::None, &Ok(Tellers::Posts(Vec::new())), &Addresses::default());
        assert_eq!(found[0].outcome, Outcome::Warn);
    }
}
