//! What has to be done to get from what is there to what is wanted: a function of the two, for each step.

use std::collections::BTreeSet;

use serde_json::Value;

use super::decision::{Consent, Decision, Known, Question};
use super::observed::{Found, Observed};
use super::posted::plan::decide as decide_posted;
use super::step::Step;
use super::wanted::{EventBridge, Wanted};
use crate::organization::Object;

/// What a step needs.
pub fn decide(
    step: Step,
    wanted: &Wanted,
    observed: &Observed,
    known: &Known<'_>,
    consent: Consent,
) -> Decision {
    let decision = match step {
        Step::SupportedContent => {
            own(observed.found(Step::SupportedContent), wanted, content_differs(observed, wanted))
        }
        Step::MessagingSetting => {
            own(observed.found(Step::MessagingSetting), wanted, setting_differs(observed))
        }
        Step::Queue => queue(observed, wanted),
        Step::Flow => flow(observed, wanted, known),
        Step::Integration => integration(observed, wanted, known),
        Step::Routing => routing(observed),
        Step::Role => own(observed.found(Step::Role), wanted, role_differs(observed, wanted)),
        Step::Grant if observed.granted => exists(),
        Step::Grant => Decision::Create("to the administrator's OAuth client".to_owned()),
        Step::Client => client(observed, wanted, known),
        Step::Timeline => timeline(observed, wanted),
        Step::EventSource => events(observed, wanted),
        Step::EventsCredential
        | Step::EventsIntegration
        | Step::EventsAction
        | Step::Workflow(_)
        | Step::Trigger(_) => decide_posted(step, wanted, observed, known),
    };
    match decision {
        Decision::NeedsYes(what, question) if consent.to(question) => Decision::Change(what),
        other => other,
    }
}

/// It is as wanted.
pub fn exists() -> Decision {
    Decision::Exists(String::new())
}

/// What only setup may have made; `differences` are named when it is there.
fn own(found: &Found, wanted: &Wanted, differences: Vec<&str>) -> Decision {
    match found {
        Found::Nothing => Decision::Create(String::new()),
        Found::Others(_) => blocked_by_another(&wanted.label),
        Found::Ours(_) => self::differences(&differences),
    }
}

/// It is changed where something differs.
pub fn differences(differences: &[&str]) -> Decision {
    if differences.is_empty() { exists() } else { Decision::Change(differences.join(", ")) }
}

/// It cannot be made: somebody else has taken its name.
pub fn blocked_by_another(name: &str) -> Decision {
    Decision::Blocked(format!(
        "somebody else made one named {name}; it is left alone: choose another --label"
    ))
}

fn content_differs(observed: &Observed, wanted: &Wanted) -> Vec<&'static str> {
    let Some(found) = observed.object(Step::SupportedContent) else { return Vec::new() };
    let allowed = |direction: &str| -> BTreeSet<String> {
        let place = format!("/mediaTypes/allow/{direction}");
        let types = found.0.pointer(&place).and_then(Value::as_array).into_iter().flatten();
        types.filter_map(|media| media["type"].as_str()).map(str::to_lowercase).collect()
    };
    let expected: BTreeSet<String> =
        wanted.media_types.iter().map(|media| media.to_lowercase()).collect();
    let is_right = allowed("inbound") == expected && allowed("outbound") == expected;
    if is_right { Vec::new() } else { vec!["media types"] }
}

fn setting_differs(observed: &Observed) -> Vec<&'static str> {
    let Some(found) = observed.object(Step::MessagingSetting) else { return Vec::new() };
    let is_on = |direction: &str| found.text(&format!("/event/typing/on/{direction}")) == "Enabled";
    if is_on("inbound") && is_on("outbound") { Vec::new() } else { vec!["typing is off"] }
}

fn queue(observed: &Observed, wanted: &Wanted) -> Decision {
    match observed.found(Step::Queue) {
        Found::Ours(_) => exists(),
        Found::Others(_) => {
            Decision::Exists("somebody else made it; it is used as it is".to_owned())
        }
        Found::Nothing if wanted.create_queue => Decision::Create(String::new()),
        Found::Nothing => Decision::Blocked(format!(
            "there is no queue {}; --create-queue makes it",
            wanted.queue
        )),
    }
}

fn flow(observed: &Observed, wanted: &Wanted, known: &Known<'_>) -> Decision {
    let fingerprint = wanted.flow(observed.division.name(), observed.name(Step::Queue)).fingerprint;
    match observed.found(Step::Flow) {
        Found::Nothing => Decision::Create(format!("transfers to {}", wanted.queue)),
        Found::Others(_) if wanted.use_flow => {
            Decision::Exists("somebody else made it; it is used as it is".to_owned())
        }
        Found::Others(_) => Decision::Blocked(format!(
            "somebody else made a flow named {}; it is left alone: choose another --label, or route to it with --use-flow",
            wanted.label
        )),
        Found::Ours(flow) => {
            let what = format!("transfers to {}", wanted.queue);
            published_flow(flow, &fingerprint, known.fingerprint(Step::Flow), what)
        }
    }
}

/// A flow of ours is to be published from the text of this fingerprint; its description or the record says from which it was.
pub fn published_flow(
    flow: &Object,
    fingerprint: &str,
    recorded: Option<&str>,
    what: String,
) -> Decision {
    let is_published = !flow.text("/publishedVersion/id").is_empty();
    let is_current =
        flow.text("/description").contains(fingerprint) || recorded == Some(fingerprint);
    match (is_published, is_current) {
        (true, true) => exists(),
        (true, false) => Decision::Change(what),
        (false, _) => Decision::Change("it is not published".to_owned()),
    }
}

fn integration(observed: &Observed, wanted: &Wanted, known: &Known<'_>) -> Decision {
    let found = match observed.found(Step::Integration) {
        Found::Nothing => return Decision::Create(wanted.webhook_url.clone()),
        Found::Others(_) => return blocked_by_another(&wanted.label),
        Found::Ours(found) => found,
    };
    if found.text("/createStatus") == "Error" {
        return Decision::Change(format!(
            "its creation failed ({}); it is made anew",
            found.text("/createError/message")
        ));
    }
    let shown = found.shown_secret();
    if known.webhook.is_empty() && shown.is_none() {
        return Decision::NeedsYes(
            "its webhook secret is not known here: a new one is set, and whoever uses the old one hears no more".to_owned(),
            Question::Secrets,
        );
    }
    let body = wanted.integration(
        observed.id(Step::SupportedContent),
        observed.id(Step::MessagingSetting),
        None,
    );
    let differs = |place: &str| body.pointer(place) != found.0.pointer(place);
    let secret_differs =
        shown.is_some_and(|shown| !known.webhook.is_empty() && !known.webhook.contains(&shown));
    let differences: Vec<&str> = [
        ("name", differs("/name")),
        ("webhook URL", differs("/outboundNotificationWebhookUrl")),
        ("supported content", differs("/supportedContent/id")),
        ("messaging setting", differs("/messagingSetting/id")),
        ("webhook secret", secret_differs),
    ]
    .into_iter()
    .filter_map(|(what, differs)| differs.then_some(what))
    .collect();
    let is_ready = found.text("/createStatus") == "Completed";
    match (differences.is_empty(), is_ready) {
        (true, true) => exists(),
        (true, false) => Decision::Change("its creation is not done yet".to_owned()),
        (false, _) => Decision::Change(differences.join(", ")),
    }
}

fn routing(observed: &Observed) -> Decision {
    let attached = observed.recipient.text("/flow/id");
    if attached.is_empty() {
        return Decision::Create("to the flow".to_owned());
    }
    if attached == observed.id(Step::Flow) {
        return exists();
    }
    Decision::Change(format!("runs through {} now", observed.recipient.text("/flow/name")))
}

/// The permissions of a role, each as `domain:entity:action`.
fn permissions(role: &Value) -> BTreeSet<String> {
    let policies = role["permissionPolicies"].as_array().into_iter().flatten();
    let of = |policy: &Value| -> Vec<String> {
        let text = |key: &str| policy[key].as_str().unwrap_or_default().to_owned();
        let actions = policy["actionSet"].as_array().into_iter().flatten();
        let actions = actions.filter_map(Value::as_str);
        actions
            .map(|action| format!("{}:{}:{action}", text("domain"), text("entityName")))
            .collect()
    };
    policies.flat_map(of).collect()
}

fn role_differs(observed: &Observed, wanted: &Wanted) -> Vec<&'static str> {
    let Some(found) = observed.object(Step::Role) else { return Vec::new() };
    let is_right = permissions(&found.0) == permissions(&wanted.role());
    if is_right { Vec::new() } else { vec!["permissions"] }
}

fn client(observed: &Observed, wanted: &Wanted, known: &Known<'_>) -> Decision {
    let found = match observed.found(Step::Client) {
        Found::Nothing => return Decision::Create(String::new()),
        Found::Others(_) => return blocked_by_another(&wanted.label),
        Found::Ours(found) => found,
    };
    if !known.clients.contains(&found.id()) {
        return if known.cut_off {
            Decision::Change("its secret was never read: a new one is made".to_owned())
        } else {
            Decision::NeedsYes(
                "its secret is not known here: a new one is made, and whoever uses the old one is refused".to_owned(),
                Question::Secrets,
            )
        };
    }
    let roles: Option<Vec<&str>> = found.0["roleDivisions"]
        .as_array()
        .map(|pairs| pairs.iter().filter_map(|pair| pair["roleId"].as_str()).collect());
    // A list that does not show roles says nothing about them.
    let has_role = roles.is_none_or(|roles| roles == [observed.id(Step::Role)]);
    let is_active = found.text("/state") != "inactive";
    match (has_role, is_active) {
        (true, true) => exists(),
        (false, _) => Decision::Change("its role".to_owned()),
        (true, false) => Decision::Change("it is not active".to_owned()),
    }
}

fn timeline(observed: &Observed, wanted: &Wanted) -> Decision {
    let now = observed.open_minutes();
    match wanted.window_minutes {
        Some(minutes) if minutes != now => Decision::NeedsYes(
            format!(
                "{} for every Open Messaging integration of the organisation; {} now",
                window(minutes),
                window(now)
            ),
            Question::Timeline,
        ),
        _ => Decision::Exists(window(now)),
    }
}

/// Minutes as a person says them.
pub fn window(minutes: u64) -> String {
    match minutes {
        0 => "no resuming".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

fn events(observed: &Observed, wanted: &Wanted) -> Decision {
    let Some(events) = &wanted.events else { return Decision::Unwanted };
    let found = match observed.found(Step::EventSource) {
        Found::Nothing => return Decision::Create(source_of(events)),
        Found::Others(_) => return blocked_by_another(&wanted.label),
        Found::Ours(found) => found,
    };
    let is_told = found.0.pointer("/config/current/properties") == Some(&events.properties());
    match (is_told, found.text("/intendedState") == "ENABLED") {
        (true, true) => exists(),
        (false, _) => Decision::Change(source_of(events)),
        (true, false) => Decision::Change("it is not active".to_owned()),
    }
}

fn source_of(events: &EventBridge) -> String {
    format!("to account {} in {}", events.account, events.region)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_permission_more_or_less_is_a_difference_and_the_order_is_none() {
        let role = |policies: Value| permissions(&json!({ "permissionPolicies": policies }));
        let policy =
            |actions: &[&str]| json!({ "domain": "d", "entityName": "e", "actionSet": actions });
        let whole = role(json!([policy(&["a", "b"])]));
        assert_eq!(role(json!([policy(&["b"]), policy(&["a"])])), whole);
        assert_ne!(role(json!([policy(&["a"])])), whole);
        assert_ne!(role(json!([policy(&["a", "b", "c"])])), whole);
    }

    #[test]
    fn minutes_are_said_as_a_person_says_them() {
        assert_eq!([0, 90, 4320].map(window), ["no resuming", "90 min", "72 h"]);
    }
}
