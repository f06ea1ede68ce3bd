//! `/api/v2/routing/queues`: the queues in which customers wait, and their members.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::text_at;
use super::paging;
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Queue;
const KEYS: &[&str] =
    &["name", "description", "mediaSettings", "outboundMessagingAddresses", "acwSettings"];
/// Accepted but not stored, like the other fields that a queue may have.
const IGNORED: &[&str] = &[
    "division",
    "memberCount",
    "userMemberCount",
    "joinedMemberCount",
    "skillEvaluationMethod",
    "scoringMethod",
    "autoAnswerOnly",
    "enableTranscription",
    "enableAudioMonitoring",
    "enableManualAssignment",
    "routingRules",
    "bullseye",
    "queueFlow",
];
/// The beginning of the ids of members who have not switched the queue on.
pub(super) const IDLE: &str = "idle-";
const TIMEOUT_ACTIONS: [&str; 2] = ["DISCONNECT", "SEND_TO_ARCHITECT_FLOW"];
const VIEW: Needs = Needs::All(&["routing:queue:view"]);
const SEE_MEMBERS: Needs = Needs::Any(&["routing:queue:view", "routing:queueMember:view"]);
const ALL: &[&str] = &["routing", "queues"];
const ONE: &[&str] = &["routing", "queues", ID];
const MEMBERS: &[&str] = &["routing", "queues", ID, "members"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["routing:queue:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["routing:queue:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["routing:queue:delete"]), delete),
    Operation::new(Method::GET, MEMBERS, SEE_MEMBERS, list_members),
    Operation::new(
        Method::POST,
        MEMBERS,
        Needs::All(&["routing:queueMember:manage"]),
        change_members,
    ),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["name"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = check(desk, &body, "")?;
    let mut queue = blank();
    queue["division"] = desk.organization.division_of(fields)?;
    merge(&mut queue, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &queue)))
}

/// Replaces the whole queue. A missing field returns to its default. The division stays.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.named(KIND)?;
    check(desk, &body, desk.id(0))?;
    let queue = desk.named_mut(KIND)?;
    merge(queue, &blank(), KEYS);
    merge(queue, &body, KEYS);
    Ok(Answer::json(200, queue.clone()))
}

/// A queue with members or a flow is only deleted with force. The platform's answer otherwise is
/// not documented; 409 is this simulator's choice.
fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let organization = &desk.organization;
    let has_members =
        organization.queue_members.get(desk.id(0)).is_some_and(|users| !users.is_empty());
    let has_flow = organization.flow_queues.values().any(|queue| queue == desk.id(0));
    let is_forced = desk.query("forceDelete").as_deref() == Some("true");
    if organization.habits.queues_need_force && !is_forced && (has_members || has_flow) {
        return Err(Refusal::in_use(format!("The queue {} is in use", desk.id(0))));
    }
    desk.delete(KIND)?;
    desk.organization.queue_members.remove(desk.id(0));
    Ok(Answer::empty(204))
}

/// A queue with default values.
pub(super) fn blank() -> Value {
    json!({
        "description": "",
        "mediaSettings": { "message": { "enableInactivityTimeout": false } },
        "outboundMessagingAddresses": {},
        "acwSettings": { "wrapupPrompt": "OPTIONAL" },
        "memberCount": 0,
    })
}

fn check<'b>(desk: &Desk<'_>, body: &'b Value, own_id: &str) -> Checked<Fields<'b>> {
    let fields = Fields::of("queue", body)?.only_among(&[KEYS, IGNORED, ECHOED])?;
    desk.check_name(KIND, fields.text("name")?, own_id)?;
    fields.optional_text("description")?;
    let recipient = text_at(body, "/outboundMessagingAddresses/openMessagingRecipient/id");
    if !recipient.is_empty() && desk.organization.find(ObjectKind::Recipient, recipient).is_none() {
        return Err(Refusal::bad_request(format!("The recipient {recipient} does not exist")));
    }
    if let Some(timeout) = body.pointer("/mediaSettings/message/inactivityTimeoutSettings") {
        let timeout = Fields::of("inactivityTimeoutSettings", timeout)?.only(&[
            "timeoutSeconds",
            "actionType",
            "flowId",
        ])?;
        timeout.required("timeoutSeconds")?;
        timeout.word("actionType", &TIMEOUT_ACTIONS)?;
    }
    Ok(fields)
}

fn list_members(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    let members = desk.organization.queue_members.get(desk.id(0));
    let shown = |user: &String| {
        let joined = !user.starts_with(IDLE);
        json!({ "id": user, "user": { "id": user }, "joined": joined })
    };
    paging::page(desk, members.into_iter().flatten().map(shown).collect())
}

/// Adds users, or removes them with `delete=true`.
fn change_members(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    let body = desk.body()?;
    let Value::Array(items) = &body else {
        return Err(Refusal::bad_request("'members' should be array"));
    };
    let mut users = Vec::new();
    for item in items {
        users.push(Fields::of("members", item)?.only(&["id"])?.text("id")?.to_owned());
    }
    let takes_out = desk.query("delete").as_deref() == Some("true");
    let members = desk.organization.queue_members.entry(desk.id(0).to_owned()).or_default();
    members.retain(|member| !users.contains(member));
    if !takes_out {
        members.extend(users);
    }
    let count = members.len();
    desk.named_mut(KIND)?["memberCount"] = json!(count);
    Ok(Answer::empty(200))
}
