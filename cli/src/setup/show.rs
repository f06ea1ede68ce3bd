//! Prints the plan as a table, and the list of the steps that are left.

use genesys_admin::table::timeline::window;
use genesys_admin::{Decision, Ownership, Resource, SetupRun, Wanted};

use super::target::Target;
use crate::operator::table;
use crate::running_local;

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

/// The word for what was done.
pub fn done(decision: &Decision) -> &'static str {
    match decision {
        Decision::Create(_) => "created",
        Decision::Change(_) => "changed",
        _ => "unchanged",
    }
}

/// The addresses to give to both vendors, and the pages in the region's Genesys Cloud.
///
/// Sources of the pages: the wizard of Genesys' premium apps (`/directory/#/admin/messaging/
/// platforms`), and public clients that link to a queue and to the list of OAuth clients.
pub fn addresses(run: &SetupRun<'_>, target: &Target, domain: &str) -> anyhow::Result<Vec<String>> {
    let admin = format!("https://apps.{domain}/directory/#/admin");
    let mut rows = vec![
        ["Lynn posts to".to_owned(), lynn_url(run.wanted, target)?],
        ["Genesys Cloud posts to".to_owned(), run.wanted.webhook_url.clone()],
    ];
    for resource in run.wanted.queue_resources() {
        let url = format!("{admin}/organization/queues/{}", run.observed.id(resource));
        rows.push([format!("the queue {}", resource.name(run.wanted)), url]);
    }
    rows.push([
        "the Open Messaging integration".to_owned(),
        format!("{admin}/messaging/platforms"),
    ]);
    rows.push(["the OAuth client".to_owned(), format!("{admin}/integrations/oauth")]);
    Ok(table::layout(["ADDRESS OF", "URL"], &rows))
}

/// The address that Lynn posts to.
fn lynn_url(wanted: &Wanted, target: &Target) -> anyhow::Result<String> {
    let known = target.lynn_url(&wanted.name)?;
    Ok(known.unwrap_or_else(|| format!("{}/lynn/{}", bridge_url(wanted), wanted.name)))
}

pub fn left_to_do(run: &SetupRun<'_>, target: &Target) -> anyhow::Result<Vec<String>> {
    let (mut left, place) = (Vec::new(), target.describe());
    for resource in run.wanted.queue_resources() {
        let queue = run.observed.object(resource);
        if queue.is_none_or(|queue| queue.0["memberCount"].as_u64().unwrap_or_default() == 0) {
            left.push(format!(
                "Put agents into the queue: Admin > Contact Center > Queues > {} > Members.",
                resource.name(run.wanted)
            ));
        }
    }
    if let Ownership::Others(flow) = run.observed.found(Resource::Flow) {
        left.push(format!(
            "Make sure that the flow {} transfers to a queue: Architect > Inbound Message Flows.",
            flow.name()
        ));
    }
    if run.wanted.window_minutes.is_some_and(|minutes| minutes != run.observed.open_minutes()) {
        left.push(format!(
            "The threading timeline stays at {}: Admin > Message > Threading Timeline, or run this again with --change-threading-timeline. Without a change of it, genesys.conversationPer session begins a conversation with each session.",
            window(run.observed.open_minutes())
        ));
    }
    let bridge = bridge_url(run.wanted);
    let lynn = lynn_url(run.wanted, target)?;
    left.push(format!(
        "In Lynn's flow, post to {lynn} with the header x-api-key; the key is in {place}, under lynn.inboundAuth."
    ));
    if let Some(events) = &run.wanted.events {
        left.push(format!(
            "Associate the event source on AWS: sam deploy --parameter-overrides GenesysEventSource=aws.partner/genesys.com/cloud/{}/{}",
            run.record.organization, events.suffix
        ));
    } else if !run.wanted.posted_events && !workflows_post(run) {
        left.push(
            "To get events when agents join and conversations end, run this again with --events-by-workflow, or with --event-account and --event-region.".to_owned(),
        );
    }
    match target {
        Target::File(file) if running_local::running().iter().any(|it| it.config == *file) => {
            left.push("The running bridge local reads the configuration by itself.".to_owned());
            left.push("Then check everything: bridge doctor".to_owned());
        }
        Target::File(_) => {
            left.push(format!("Start the bridge: bridge serve --config {place}"));
            left.push(format!(
                "Then check everything: bridge doctor --config {place} --bridge-url {bridge}"
            ));
        }
        Target::Stack { stack, .. } => {
            left.push(format!("Then check everything: bridge doctor --stack {stack}"));
        }
    }
    Ok(left)
}

/// The public address of the bridge: the webhook URL without its end, which was checked before.
fn bridge_url(wanted: &Wanted) -> &str {
    let end = format!("/genesys/{}", wanted.name);
    wanted.webhook_url.strip_suffix(&end).unwrap_or(&wanted.webhook_url)
}

/// Whether an earlier run let workflows post events, by the record or the configuration.
fn workflows_post(run: &SetupRun<'_>) -> bool {
    let key = run.configured.as_ref().and_then(|entry| entry.pointer("/genesys/eventsApiKey"));
    key.is_some_and(|key| !key.is_null()) || run.record.made.contains_key(&Resource::EventsAction)
}
