//! How Genesys Cloud tells of agents and ends: by an EventBridge integration, or by triggers that post to the bridge.

use std::collections::BTreeSet;

use super::super::blind::Seen;
use super::super::check::Check;
use super::super::finding::Finding;
use crate::organization::{Kind, Object, Organization};

/// What all topics begin with.
const TOPIC: &str = "v2.detail.events.conversation.{id}.";
/// The ends of those that the bridge listens to.
const WANTED: [&str; 5] = ["customer.end", "user.start", "user.end", "acd.start", "acd.end"];
/// The type of the integration that brings events to AWS.
const EVENT_SOURCE: &str = "amazon-eventbridge-source";

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

/// What tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Teller {
    name: String,
    is_on: bool,
    topics: BTreeSet<String>,
}

/// Those that are there, for the way that is set up.
pub async fn tellers(administrator: &Organization, way: &Way) -> Seen<Vec<Teller>> {
    match way {
        Way::Bus(source) => Ok(sources(administrator, source).await?),
        Way::Posts => Ok(triggers(administrator).await?),
        Way::None => Ok(Vec::new()),
    }
}

/// The EventBridge integrations whose suffix is the source's last part.
async fn sources(administrator: &Organization, source: &str) -> Seen<Vec<Teller>> {
    let suffix = source.rsplit('/').next().unwrap_or_default();
    let mut found = Vec::new();
    for integration in administrator.list(&Kind::Integration.list()).await? {
        if integration.text("/integrationType/id") != EVENT_SOURCE {
            continue;
        }
        let path = format!("{}/config/current", Kind::Integration.one(integration.id()));
        let config = administrator.get(&path).await?;
        if config.text("/properties/eventSourceSuffix") == suffix {
            found.push(source_of(&integration, &config));
        }
    }
    Ok(found)
}

fn source_of(integration: &Object, config: &Object) -> Teller {
    let filter = config.0.pointer("/properties/eventFilter").and_then(serde_json::Value::as_array);
    let topics =
        filter.into_iter().flatten().filter_map(|topic| topic.as_str()?.strip_prefix(TOPIC));
    let reported = integration.text("/reportedState/code");
    Teller {
        name: integration.name().to_owned(),
        is_on: integration.text("/intendedState").eq_ignore_ascii_case("enabled")
            && (reported.is_empty() || reported.eq_ignore_ascii_case("active")),
        topics: topics.map(str::to_owned).collect(),
    }
}

async fn triggers(administrator: &Organization) -> Seen<Vec<Teller>> {
    let triggers = administrator.list(&Kind::Trigger.list()).await?;
    Ok(triggers.iter().filter_map(trigger_of).collect())
}

fn trigger_of(trigger: &Object) -> Option<Teller> {
    let topic = trigger.text("/topicName").strip_prefix(TOPIC)?;
    Some(Teller {
        name: trigger.name().to_owned(),
        is_on: trigger.0["enabled"] == true,
        topics: [topic.to_owned()].into(),
    })
}

/// Whether all is told that the bridge listens to.
pub fn judge(way: &Way, seen: &Seen<Vec<Teller>>) -> Finding {
    let check = Check::GenesysEvents;
    let tellers = match seen {
        Err(blind) => return blind.finding(check),
        Ok(tellers) => tellers,
    };
    let enable = match way {
        Way::None => {
            let reason = "neither an event source nor genesys.eventsApiKey is set up: Lynn hears late that an agent came or a conversation ended";
            return Finding::warn(
                check,
                reason,
                "choose a way, as the README says in \"Hear when agents come\"",
            );
        }
        Way::Bus(_) => "in Admin > Integrations",
        Way::Posts => "in Admin > Triggers",
    };
    let told: BTreeSet<&str> = tellers
        .iter()
        .filter(|teller| teller.is_on)
        .flat_map(|teller| teller.topics.iter().map(String::as_str))
        .collect();
    let missing: Vec<&str> = WANTED.into_iter().filter(|topic| !told.contains(topic)).collect();
    let off: Vec<&str> =
        tellers.iter().filter(|teller| !teller.is_on).map(|teller| teller.name.as_str()).collect();
    match (missing.as_slice(), tellers.is_empty(), way) {
        ([], ..) => Finding::ok(check, "all five topics are told"),
        (_, true, Way::Bus(source)) => Finding::fail(
            check,
            format!("no EventBridge integration has the suffix of {source}"),
            "add Amazon EventBridge Source in Admin > Integrations, or run `bridge setup`",
        ),
        (_, true, _) => Finding::fail(
            check,
            "no trigger tells of conversations, though genesys.eventsApiKey is set",
            "add a trigger for each topic in Admin > Triggers, or run `bridge setup`",
        ),
        (missing, false, _) if !off.is_empty() => Finding::fail(
            check,
            format!("not told: {}; switched off: {}", missing.join(", "), off.join(", ")),
            format!("activate it {enable}"),
        ),
        (missing, false, _) => Finding::fail(
            check,
            format!("not told: {}", missing.join(", ")),
            format!("add these topics {enable}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::*;

    fn source(state: &str, topics: &[&str]) -> Teller {
        let topics: Vec<_> = topics.iter().map(|topic| format!("{TOPIC}{topic}")).collect();
        let integration = json!({ "name": "lynn-events", "intendedState": state });
        let config = json!({ "properties": { "eventFilter": topics } });
        source_of(&Object(integration), &Object(config))
    }

    #[test]
    fn what_is_not_told_is_named() {
        let bus = Way::Bus("aws.partner/genesys.com/cloud/o/lynn".to_owned());
        let of = |tellers: &[Teller]| judge(&bus, &Ok(tellers.to_vec()));
        assert_eq!(of(&[source("ENABLED", &WANTED)]).outcome, Outcome::Ok);
        let some = of(&[source("ENABLED", &WANTED[..3])]);
        assert_eq!(some.reason, "not told: acd.start, acd.end");
        let off = of(&[source("DISABLED", &WANTED)]);
        assert!(off.reason.ends_with("switched off: lynn-events"), "{}", off.reason);
        assert_eq!(of(&[]).outcome, Outcome::Fail);
        assert_eq!(judge(&Way::None, &Ok(Vec::new())).outcome, Outcome::Warn);
    }

    #[test]
    fn triggers_tell_one_topic_each() {
        let trigger = |topic: &str, enabled: bool| {
            let trigger = json!({ "name": topic, "topicName": format!("{TOPIC}{topic}"), "enabled": enabled });
            trigger_of(&Object(trigger))
        };
        assert!(trigger_of(&Object(json!({ "topicName": "v2.other" }))).is_none());
        let all: Vec<_> = WANTED.iter().filter_map(|topic| trigger(topic, true)).collect();
        assert_eq!(judge(&Way::Posts, &Ok(all.clone())).outcome, Outcome::Ok);
        assert_eq!(judge(&Way::Posts, &Ok(all[1..].to_vec())).reason, "not told: customer.end");
    }
}
