//! What a person sees: the plan as a table, and what is left to do by hand.

use genesys_admin::table::timeline::window;
use genesys_admin::{Decision, Found, Resource, Wanted, Work};

use super::target::Target;
use crate::operator::table;

/// The plan, line by line.
pub fn plan(wanted: &Wanted, decisions: &[(Resource, Decision)]) -> Vec<String> {
    let rows: Vec<[String; 4]> = decisions
        .iter()
        .filter(|(_, decision)| *decision != Decision::Unwanted)
        .map(|(resource, decision)| {
            let (plan, details) = cells(decision);
            [resource.word().to_owned(), resource.name(wanted), plan.to_owned(), details]
        })
        .collect();
    table::layout(["STEP", "NAME", "PLAN", "DETAILS"], &rows)
}

fn cells(decision: &Decision) -> (&'static str, String) {
    match decision {
        Decision::Exists(note) => ("exists", note.clone()),
        Decision::Create(note) => ("create", note.clone()),
        Decision::Change(what) => ("change", what.clone()),
        Decision::NeedsYes(what, question) => {
            ("needs a yes", format!("{what} ({})", question.argument()))
        }
        Decision::Unwanted => ("not asked for", String::new()),
        Decision::Blocked(why) => ("cannot be", why.clone()),
    }
}

/// What was done, in a word.
pub fn done(decision: &Decision) -> &'static str {
    match decision {
        Decision::Create(_) => "made",
        Decision::Change(_) => "changed",
        _ => "left as it is",
    }
}

/// What there is left to do, and where.
pub fn left_to_do(work: &Work<'_>, target: &Target) -> anyhow::Result<Vec<String>> {
    let (mut left, place) = (Vec::new(), target.describe());
    let queue = work.observed.object(Resource::Queue);
    if queue.is_none_or(|queue| queue.0["memberCount"].as_u64().unwrap_or_default() == 0) {
        left.push(format!(
            "Put agents into the queue: Admin > Contact Center > Queues > {} > Members.",
            work.wanted.queue
        ));
    }
    if let Found::Others(flow) = work.observed.found(Resource::Flow) {
        left.push(format!(
            "Make sure that the flow {} transfers to a queue: Architect > Inbound Message Flows.",
            flow.name()
        ));
    }
    if work.wanted.window_minutes.is_some_and(|minutes| minutes != work.observed.open_minutes()) {
        left.push(format!(
            "The threading timeline was left at {}: Admin > Message > Threading Timeline, or run this again with --change-threading-timeline.",
            window(work.observed.open_minutes())
        ));
    }
    let lynn = target.lynn_url(&work.wanted.name)?;
    let lynn = lynn.as_deref().unwrap_or("https://{your host}/lynn/{name}");
    left.push(format!(
        "In Lynn's flow, post to {} with the header x-api-key; the key stands in {place}, under lynn.inboundAuth.",
        lynn.replace("{name}", work.wanted.name.as_str())
    ));
    if let Some(events) = &work.wanted.events {
        left.push(format!(
            "Associate the event source on AWS: sam deploy --parameter-overrides GenesysEventSource=aws.partner/genesys.com/cloud/{}/{}",
            work.record.organization, events.suffix
        ));
    } else if !work.wanted.posted_events && !work.record.made.contains_key(&Resource::EventsAction)
    {
        left.push(
            "To hear when agents come and conversations end, run this again with --events-by-workflow, or with --event-account and --event-region.".to_owned(),
        );
    }
    if let Target::File(_) = target {
        left.push(format!("Start the bridge: bridge serve --config {place}"));
    }
    Ok(left)
}
