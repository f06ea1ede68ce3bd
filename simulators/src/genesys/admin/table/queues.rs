//! `/api/v2/routing/queues`: the queues in which customers wait, and their members.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::prelude::*;
use crate::genesys::admin::paging;

const KIND: ObjectKind = ObjectKind::Queue;
const MEMBERS: &str = "/routing/queues/{}/members";
const ESTIMATED_WAIT: &str = "/routing/queues/{}/mediatypes/{}/estimatedwaittime";
const OBSERVATIONS: &str = "/analytics/queues/observations/query";
/// The beginning of the ids of members who have not switched the queue on.
pub(in crate::genesys::admin) const IDLE: &str = "idle-";

pub(super) const ROW: Kind = Kind {
    rights: rights!("routing:queue"),
    edited_by: &[Method::PUT],
    filters: &["name"],
    form: &[
        needed("name", Rule::Text),
        optional("description", Rule::String),
        optional("mediaSettings", Rule::Open(&[optional("message", Rule::Open(MESSAGE))])),
        optional("outboundMessagingAddresses", Rule::Any),
        optional("acwSettings", Rule::Any),
        ignored("division"),
        ignored("memberCount"),
        ignored("userMemberCount"),
        ignored("joinedMemberCount"),
        ignored("skillEvaluationMethod"),
        ignored("scoringMethod"),
        ignored("autoAnswerOnly"),
        ignored("enableTranscription"),
        ignored("enableAudioMonitoring"),
        ignored("enableManualAssignment"),
        ignored("routingRules"),
        ignored("bullseye"),
        ignored("queueFlow"),
    ],
    has_unique_names: true,
    is_replaced: true,
    blank,
    complete: |context, fields, queue| {
        let recipient = text_at(queue, "/outboundMessagingAddresses/openMessagingRecipient/id");
        if !recipient.is_empty() {
            context.organization.referred(ObjectKind::Recipient, recipient)?;
        }
        // The division of a queue stays.
        if context.call.method == Method::POST {
            queue["division"] = context.organization.division_of(fields)?;
        }
        Ok(())
    },
    check_deletion,
    deleted: |context, queue| drop(context.organization.queue_members.remove(text(queue, "id"))),
    more: &[
        Operation::own(
            Method::GET,
            MEMBERS,
            Needs::Any(&["routing:queue:view", "routing:queueMember:view"]),
            list_members,
        ),
        Operation::own(Method::POST, MEMBERS, needs!("routing:queueMember:manage"), change_members),
        Operation::own(Method::GET, ESTIMATED_WAIT, needs!("routing:queue:view"), estimate_wait),
        Operation::own(
            Method::POST,
            OBSERVATIONS,
            needs!("analytics:queueObservation:view"),
            observe,
        ),
    ],
    ..Kind::new(KIND, "queue", "/routing/queues")
};

const MESSAGE: &[Field] = &[optional(
    "inactivityTimeoutSettings",
    Rule::Object(&[
        needed("timeoutSeconds", Rule::Any),
        needed("actionType", Rule::Word(&["DISCONNECT", "SEND_TO_ARCHITECT_FLOW"])),
        optional("flowId", Rule::Any),
    ]),
)];

/// A queue with default values.
pub(in crate::genesys::admin) fn blank() -> Value {
    json!({
        "description": "",
        "mediaSettings": { "message": { "enableInactivityTimeout": false } },
        "outboundMessagingAddresses": {},
        "acwSettings": { "wrapupPrompt": "OPTIONAL" },
        "memberCount": 0,
    })
}

/// A queue with members or a flow is only deleted with force. The platform's answer otherwise is
/// not documented; 409 is this simulator's choice.
fn check_deletion(context: &CallContext<'_>, _: &Value) -> Checked<()> {
    let (id, organization) = (context.id(0), &context.organization);
    let has_members = organization.queue_members.get(id).is_some_and(|users| !users.is_empty());
    let has_flow =
        organization.flow_queues.values().flat_map(BTreeMap::values).any(|queue| queue == id);
    let is_forced = context.query("forceDelete").as_deref() == Some("true");
    if organization.habits.queues_need_force && !is_forced && (has_members || has_flow) {
        return Err(Refusal::in_use(format!("The queue {id} is in use")));
    }
    Ok(())
}

impl Organization {
    /// The name of a queue, if the organisation has it.
    pub(in crate::genesys) fn queue_name(&self, queue: &str) -> Option<String> {
        self.find(KIND, queue).map(|queue| text(queue, "name").to_owned())
    }

    fn on_queue(&self, queue: &str) -> usize {
        let members = self.queue_members.get(queue).into_iter().flatten();
        members.filter(|user| !user.starts_with(IDLE)).count()
    }
}

/// The estimate of a queue. A queue without one has no result.
fn estimate_wait(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    let estimate = |seconds| json!({ "intent": "ALL", "formula": "BEST", "estimatedWaitTimeSeconds": seconds });
    let results: Vec<Value> =
        context.organization.estimated_wait.map(estimate).into_iter().collect();
    Ok(Answer::json(200, json!({ "results": results })))
}

/// Agents by queue, waiting conversations by queue and media type. As on the platform, what is 0 is
/// left out.
fn observe(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    let predicates = body.pointer("/filter/predicates").and_then(Value::as_array);
    let queues = predicates.into_iter().flatten().filter(|predicate| {
        text(predicate, "dimension") == "queueId" && !text(predicate, "value").is_empty()
    });
    let asked = |metric: &str| {
        let metrics = body.get("metrics").and_then(Value::as_array);
        metrics.into_iter().flatten().any(|known| known == metric)
    };
    let mut results = Vec::new();
    for queue in queues.map(|predicate| text(predicate, "value")) {
        let mut of_queue = json!({ "group": { "queueId": queue } });
        let agents = context.organization.on_queue(queue);
        if agents > 0 && asked("oOnQueueUsers") {
            of_queue["data"] = json!([{ "metric": "oOnQueueUsers", "qualifier": "IDLE",
                                         "stats": { "count": agents } }]);
        }
        results.push(of_queue);
        let waiting = context.organization.waiting.get(queue).copied().unwrap_or_default();
        if waiting > 0 && asked("oWaiting") {
            results.push(json!({
                "group": { "queueId": queue, "mediaType": "message" },
                "data": [{ "metric": "oWaiting", "stats": { "count": waiting } }],
            }));
        }
    }
    Ok(Answer::json(200, json!({ "results": results })))
}

fn list_members(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    let members = context.organization.queue_members.get(context.id(0));
    let shown = |user: &String| {
        let joined = !user.starts_with(IDLE);
        json!({ "id": user, "user": { "id": user }, "joined": joined })
    };
    paging::page(context, members.into_iter().flatten().map(shown).collect())
}

/// Adds users, or removes them with `delete=true`.
fn change_members(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    let body = context.body()?;
    let Value::Array(items) = &body else {
        return Err(Refusal::bad_request("'members' should be array"));
    };
    let mut users = Vec::new();
    for item in items {
        users.push(Fields::of("members", item)?.only(&["id"])?.text("id")?.to_owned());
    }
    let takes_out = context.query("delete").as_deref() == Some("true");
    let members = context.organization.queue_members.entry(context.id(0).to_owned()).or_default();
    members.retain(|member| !users.contains(member));
    if !takes_out {
        members.extend(users);
    }
    let count = members.len();
    context.named_mut(KIND)?["memberCount"] = json!(count);
    Ok(Answer::empty(200))
}
