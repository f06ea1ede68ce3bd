//! What a person sees: the plan as a table, and what is left to do by hand.

use super::decision::Decision;
use super::execute::Work;
use super::observed::Found;
use super::step::Step;
use super::wanted::Wanted;
use crate::operator::table;
use crate::organization::Object;

/// The plan, line by line.
pub fn plan(wanted: &Wanted, decisions: &[(Step, Decision)]) -> Vec<String> {
    let rows: Vec<[String; 4]> = decisions
        .iter()
        .filter(|(_, decision)| *decision != Decision::Unwanted)
        .map(|(step, decision)| {
            let (plan, details) = cells(decision);
            [step.word().to_owned(), name(*step, wanted), plan.to_owned(), details]
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

/// The name of what a step is about.
pub fn name(step: Step, wanted: &Wanted) -> String {
    match step {
        Step::Queue => wanted.queue.clone(),
        Step::Timeline => String::new(),
        Step::Workflow(topic) | Step::Trigger(topic) => wanted.name_of(topic),
        _ => wanted.label.clone(),
    }
}

/// What a step has done, in a word.
pub fn done(decision: &Decision) -> &'static str {
    match decision {
        Decision::Create(_) => "made",
        Decision::Change(_) => "changed",
        _ => "left as it is",
    }
}

/// What there is left to do, and where.
pub fn left_to_do(work: &Work<'_>, places: &Places) -> Vec<String> {
    let mut left = Vec::new();
    let queue = work.observed.object(Step::Queue);
    if queue.is_none_or(|queue| queue.0["memberCount"].as_u64().unwrap_or_default() == 0) {
        left.push(format!(
            "Put agents into the queue: Admin > Contact Center > Queues > {} > Members.",
            work.wanted.queue
        ));
    }
    if let Found::Others(flow) = work.observed.found(Step::Flow) {
        left.push(format!(
            "Make sure that the flow {} transfers to a queue: Architect > Inbound Message Flows.",
            flow.name()
        ));
    }
    if work.wanted.window_minutes.is_some_and(|minutes| minutes != work.observed.open_minutes()) {
        left.push(format!(
            "The threading timeline was left at {}: Admin > Message > Threading Timeline, or run this again with --change-threading-timeline.",
            super::plan::window(work.observed.open_minutes())
        ));
    }
    let lynn = places.lynn_url.as_deref().unwrap_or("https://{your host}/lynn/{name}");
    left.push(format!(
        "In Lynn's flow, post to {} with the header x-api-key; the key stands in {}, under lynn.inboundAuth.",
        lynn.replace("{name}", work.wanted.name.as_str()),
        places.configuration
    ));
    if let Some(events) = &work.wanted.events {
        left.push(format!(
            "Associate the event source on AWS: sam deploy --parameter-overrides GenesysEventSource=aws.partner/genesys.com/cloud/{}/{}",
            work.record.organization, events.suffix
        ));
    } else if !work.wanted.posted_events {
        left.push(
            "To hear when agents come and conversations end, run this again with --events-by-workflow, or with --event-account and --event-region.".to_owned(),
        );
    }
    if places.is_file {
        left.push(format!("Start the bridge: bridge serve --config {}", places.configuration));
    }
    left
}

/// Where things are, for the summary.
#[derive(Clone, Debug)]
pub struct Places {
    /// The configuration.
    pub configuration: String,
    /// Whether that is a file.
    pub is_file: bool,
    /// Where Lynn posts, if that is known.
    pub lynn_url: Option<String>,
}

/// An object in the list of what is taken away.
pub fn row(step: Step, object: &Object) -> [String; 3] {
    [step.word().to_owned(), object.name().to_owned(), object.id().to_owned()]
}
