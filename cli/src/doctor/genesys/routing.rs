//! The way of a customer's message inside Genesys Cloud: recipient, flow, queue, members.

use genesys_admin::organization::{CallError, Kind, Object, Organization};
use genesys_admin::{Ownership, is_published};

use super::{Check, Finding, Observation, Unavailable};

/// The name of an inbound message flow in Architect's dependency tracking.
const FLOW_TYPE: &str = "INBOUNDSHORTMESSAGEFLOW";
/// The call that returns what a version of a flow uses.
const CONSUMED: &str = "/api/v2/architect/dependencytracking/consumedresources";

/// The objects of one kind to which the used version of a flow refers. Both kinds are names of
/// Architect's.
pub async fn consumed(
    administrator: &Organization,
    flow: &Object,
    kind: &str,
    resource: &str,
) -> Result<Vec<Object>, CallError> {
    let (id, version) = (flow.id(), flow.text("/publishedVersion/id"));
    let query = format!("id={id}&version={version}&objectType={kind}&resourceType={resource}");
    administrator.list(&format!("{CONSUMED}?{query}")).await
}

/// Whether a flow is attached and published.
pub fn assess_flow(seen: &Observation<&Ownership>) -> Finding {
    let check = Check::GenesysRouting;
    match seen.as_ref().map(|found| found.object()) {
        Err(unavailable) => unavailable.finding(check),
        Ok(None) => check.fail(
            "no flow is attached to the integration, so its messages reach no agent",
            "choose the flow for the integration in Admin > Routing > Message Routing",
        ),
        Ok(Some(flow)) if !is_published(flow) => check.fail(
            format!("the flow {} was never published", flow.name()),
            "publish it in Architect",
        ),
        Ok(Some(flow)) => check.ok(format!("the flow {} is published", flow.name())),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    name: String,
    members: usize,
    /// The members who have activated the queue.
    joined: usize,
    /// Whether the queue was deleted after the flow was published.
    is_gone: bool,
}

/// The queues to which a flow transfers, by all its branches.
pub async fn queues(
    administrator: &Observation<Organization>,
    flow: &Observation<&Ownership>,
) -> Observation<Vec<Queue>> {
    let administrator = administrator.as_ref().map_err(Clone::clone)?;
    let flow = match flow {
        Err(unavailable) => return Err(unavailable.clone()),
        Ok(Ownership::Ours(flow)) if is_published(flow) => flow,
        Ok(_) => return Err(Unavailable::after(Check::GenesysRouting)),
    };
    let mut queues = Vec::new();
    for queue in consumed(administrator, flow, FLOW_TYPE, "QUEUE").await? {
        let path = format!("{}/members", Kind::Queue.one(queue.id()));
        let (members, is_gone) = match administrator.list(&path).await {
            _ if queue.0["deleted"] == true => (Vec::new(), true),
            Err(error) if error.is_status(404) => (Vec::new(), true),
            members => (members?, false),
        };
        let joined = members.iter().filter(|member| member.0["joined"] != false).count();
        let name = queue.name().to_owned();
        queues.push(Queue { name, members: members.len(), joined, is_gone });
    }
    Ok(queues)
}

/// Whether a queue is reached and has active members.
pub fn assess_queues(seen: &Observation<Vec<Queue>>) -> Finding {
    let check = Check::GenesysQueue;
    let queues = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(queues) => queues,
    };
    let named = |fits: fn(&Queue) -> bool| -> String {
        let names = queues.iter().filter(|queue| fits(queue)).map(|queue| queue.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let (empty, idle) = (named(|queue| queue.members == 0), named(|queue| queue.joined == 0));
    let gone = named(|queue| queue.is_gone);
    if queues.is_empty() {
        let reason = "Architect's dependency tracking shows no queue of the flow";
        let action = "let the flow transfer to a queue, and publish it; if it finds the queue at run time, check that yourself";
        return check.warn(reason, action);
    }
    if !gone.is_empty() {
        let reason = format!("the flow transfers to {gone}, which no longer exists");
        let action = "create the queue and publish the flow again, in Architect or with `bridge setup` and --create-queue";
        return check.fail(reason, action);
    }
    if !empty.is_empty() {
        let reason = format!("queue {empty} has no members, so no agent receives messages");
        return check.fail(reason, "add agents in Admin > Contact Center > Queues");
    }
    if !idle.is_empty() {
        let reason = format!("no member of {idle} has activated the queue");
        return check.warn(
            reason,
            "let an agent activate the queue, or activate it in Admin > Contact Center > Queues",
        );
    }
    let queues = queues.iter().map(|queue| match queue.members {
        1 => format!("{} with 1 member", queue.name),
        several => format!("{} with {several} members", queue.name),
    });
    check.ok(format!("the flow reaches {}", queues.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::*;

    fn queue(members: usize, joined: usize) -> Queue {
        Queue { name: "Support".to_owned(), members, joined, is_gone: false }
    }

    #[test]
    fn a_queue_without_members_serves_nobody() {
        let of = |queues: &[Queue]| assess_queues(&Ok(queues.to_vec()));
        assert_eq!(of(&[queue(3, 1)]).reason, "the flow reaches Support with 3 members");
        assert_eq!(of(&[queue(3, 3), queue(0, 0)]).outcome, Outcome::Fail);
        assert_eq!(of(&[queue(3, 0)]).outcome, Outcome::Warn);
        let gone = of(&[queue(3, 3), Queue { is_gone: true, ..queue(0, 0) }]);
        assert!(gone.outcome == Outcome::Fail && gone.reason.contains("no longer exists"));
        assert_eq!(of(&[]).outcome, Outcome::Warn);
    }

    #[test]
    fn a_flow_must_be_attached_and_published() {
        let flow = |body| assess_flow(&Ok(&Ownership::Ours(Object(body)))).outcome;
        assert_eq!(flow(json!({ "publishedVersion": { "id": "1.0" } })), Outcome::Ok);
        assert_eq!(flow(json!({ "name": "Lynn" })), Outcome::Fail);
        assert_eq!(assess_flow(&Ok(&Ownership::Nothing)).outcome, Outcome::Fail);
    }
}
