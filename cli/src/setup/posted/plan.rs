//! What has to be done so that workflows post events: a function of what is there and of what is wanted.

use super::bodies::{self, CREDENTIAL};
use crate::organization::{Object, Topic};
use crate::setup::decision::{Decision, Known, Question};
use crate::setup::observed::{Found, Observed, includes};
use crate::setup::plan::{blocked_by_another, differences, exists, published_flow};
use crate::setup::step::Step;
use crate::setup::wanted::Wanted;

/// What a step of this way needs.
pub fn decide(step: Step, wanted: &Wanted, observed: &Observed, known: &Known<'_>) -> Decision {
    if !wanted.posted_events {
        return Decision::Unwanted;
    }
    let name = match step {
        Step::Workflow(topic) | Step::Trigger(topic) => wanted.name_of(topic),
        _ => wanted.label.clone(),
    };
    let found = match observed.found(step) {
        Found::Nothing => return Decision::Create(note(step, wanted)),
        Found::Others(_) => return blocked_by_another(&name),
        Found::Ours(found) => found,
    };
    match step {
        Step::EventsCredential => credential(known),
        Step::EventsIntegration => differences(&integration(found, observed)),
        Step::EventsAction => action(found, wanted),
        Step::Workflow(topic) => {
            let taken = bodies::taken(observed.object(Step::EventsAction));
            let source = wanted.workflow(topic, observed.division.name(), &taken);
            published_flow(found, &source.fingerprint, known.fingerprint(step), String::new())
        }
        Step::Trigger(topic) => differences(&trigger(found, topic, wanted, observed)),
        _ => Decision::Unwanted,
    }
}

/// What there is to say about something that is made.
fn note(step: Step, wanted: &Wanted) -> String {
    match step {
        Step::EventsCredential => "with genesys.eventsApiKey".to_owned(),
        Step::EventsAction => format!("posts to {}", wanted.events_url()),
        _ => String::new(),
    }
}

/// What a credential holds is never shown: the record knows what was put into it.
fn credential(known: &Known<'_>) -> Decision {
    let Some(key) = known.events_key else {
        return Decision::NeedsYes(
            "its key is not known here: a new one is set, and whoever uses the old one is refused"
                .to_owned(),
            Question::Secrets,
        );
    };
    match known.fingerprint(Step::EventsCredential) {
        Some(put) if put != super::key_fingerprint(key) => Decision::Change("its key".to_owned()),
        _ => exists(),
    }
}

fn integration(found: &Object, observed: &Observed) -> Vec<&'static str> {
    let used = found.text(&format!("/config/current/credentials/{CREDENTIAL}/id"));
    [
        ("its credential", used.is_empty() || used != observed.id(Step::EventsCredential)),
        ("it is not active", found.text("/intendedState") != "ENABLED"),
    ]
    .into_iter()
    .filter_map(|(what, differs)| differs.then_some(what))
    .collect()
}

fn action(found: &Object, wanted: &Wanted) -> Decision {
    let taken = bodies::taken(Some(found));
    if bodies::NEEDED.iter().any(|needed| !taken.contains(needed)) {
        // The platform changes the contract of no action that is published.
        return Decision::Blocked(format!(
            "{} takes other inputs than setup gave it: delete it, and run this again",
            found.name()
        ));
    }
    if includes(&found.0, &wanted.events_action_changes()) {
        let all = bodies::taken(None).into_iter();
        let missing: Vec<&str> = all.filter(|field| !taken.contains(field)).collect();
        return match missing.as_slice() {
            [] => exists(),
            missing => Decision::Exists(format!(
                "an older one, without {}: --remove and a new set-up give it these",
                missing.join(", ")
            )),
        };
    }
    Decision::Change(note(Step::EventsAction, wanted))
}

fn trigger(
    found: &Object,
    topic: Topic,
    wanted: &Wanted,
    observed: &Observed,
) -> Vec<&'static str> {
    let body = wanted.trigger(topic, observed.id(Step::Workflow(topic)));
    let differs = |key: &str| {
        let known = &found.0[key];
        !includes(known, &body[key])
    };
    [
        ("its workflow", differs("target")),
        ("its condition", differs("matchCriteria")),
        ("it is not enabled", differs("enabled")),
    ]
    .into_iter()
    .filter_map(|(what, differs)| differs.then_some(what))
    .collect()
}
