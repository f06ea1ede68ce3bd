//! The permissions of the OAuth clients, one by one. They are read from the clients' roles if an
//! administrator's client may do so, and otherwise tried by requests whose refusal names what is
//! missing.
//!
//! Rule: no request here can have an effect: it has an empty body, or an id that does not exist.

use genesys_admin::organization::{Kind, Organization, Refusal};
use genesys_admin::table::{client, role};
use http::Method;
use serde_json::{Value, json};
use shared::config::{OnSessionEnded, SendConfig};
use uuid::Uuid;

use super::clients::Client;
use super::{Check, Finding, Outcome};

/// A permission that the bridge needs.
struct Need {
    /// The permissions of which one is enough; the first is the one to grant.
    any: &'static [&'static str],
    /// The feature that does not work without it.
    without: &'static str,
    /// The outcome if it is missing.
    outcome: Outcome,
    /// The call of setup that grants it; `None` if setup does not grant it.
    setup: Option<&'static str>,
    /// A request that needs it and has no effect.
    trial: fn(&SendConfig) -> (Method, String, Value),
}

const RECEIVE: Need = Need {
    any: &["conversation:message:receive"],
    without: "customers' messages do not reach Genesys Cloud",
    outcome: Outcome::Fail,
    setup: Some("`bridge setup`"),
    trial: |config| {
        let integration = &config.genesys.integration_id;
        let path = format!("/api/v2/conversations/messages/{integration}/inbound/open/message");
        (Method::POST, path, json!({}))
    },
};
const VIEW: Need = Need {
    any: &["conversation:message:view", "conversation:webmessaging:view"],
    without: "the bridge cannot ask to which conversation a message belongs, and may not learn who the agents are",
    outcome: Outcome::Warn,
    setup: Some("`bridge setup`"),
    trial: |_| {
        let path = format!("/api/v2/conversations/messages/{}/details", Uuid::new_v4());
        (Method::GET, path, Value::Null)
    },
};
const OBSERVE: Need = Need {
    any: &["analytics:queueObservation:view"],
    without: "a flow cannot ask how many agents there are",
    outcome: Outcome::Warn,
    setup: Some("`bridge setup`"),
    trial: |_| {
        let path = "/api/v2/analytics/queues/observations/query".to_owned();
        (Method::POST, path, json!({}))
    },
};
const ESTIMATE: Need = Need {
    any: &["routing:queue:view"],
    without: "a flow cannot ask for the estimated wait",
    outcome: Outcome::Warn,
    setup: Some("`bridge setup`"),
    trial: |_| {
        let queue = Uuid::new_v4();
        let path = format!("/api/v2/routing/queues/{queue}/mediatypes/message/estimatedwaittime");
        (Method::GET, path, Value::Null)
    },
};
const DISCONNECT: Need = Need {
    any: &["conversation:communication:disconnect", "conversation:message:park"],
    without: "a conversation cannot be ended when its session ends",
    outcome: Outcome::Fail,
    setup: Some("`bridge setup` with --on-session-ended disconnect"),
    trial: |_| {
        let path = format!("/api/v2/conversations/messages/{}", Uuid::new_v4());
        (Method::PATCH, path, json!({}))
    },
};
/// Setup could grant it, but then every conversation would end with its session.
const TO_END_A_TEST: Need =
    Need { without: "--send cannot end its conversation", setup: None, ..DISCONNECT };
const CREATE: Need = Need {
    any: &["conversation:message:create"],
    without: "--send gets no reply",
    outcome: Outcome::Fail,
    setup: Some("`bridge setup`"),
    trial: |_| (Method::POST, "/api/v2/conversations/messages/agentless".to_owned(), json!({})),
};

/// Whether a client has a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Yes,
    No,
    Unknown(String),
}

/// Checks each permission that the configuration needs; with `sends` also those of the test
/// message.
pub async fn check(
    config: &SendConfig,
    clients: &[Client],
    administrator: Option<&Organization>,
    sends: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for need in needs(config, sends) {
        let mut held = Vec::with_capacity(clients.len());
        for client in clients {
            held.push((client.id.as_str(), of(config, client, administrator, &need).await));
        }
        findings.push(assess(&need, &held));
    }
    findings
}

fn needs(config: &SendConfig, sends: bool) -> Vec<Need> {
    let ends = config.lynn.on_session_ended == OnSessionEnded::Disconnect;
    let mut needs = vec![RECEIVE, VIEW];
    if config.genesys.queue_id.is_some() {
        needs.extend([OBSERVE, ESTIMATE]);
    }
    needs.extend(match (ends, sends) {
        (true, _) => Some(DISCONNECT),
        (false, true) => Some(TO_END_A_TEST),
        (false, false) => None,
    });
    needs.extend(sends.then_some(CREATE));
    needs
}

async fn of(
    config: &SendConfig,
    client: &Client,
    administrator: Option<&Organization>,
    need: &Need,
) -> Held {
    match by_roles(administrator, &client.id, need.any).await {
        Some(true) => Held::Yes,
        Some(false) => Held::No,
        None => tried(&client.organization, (need.trial)(config)).await,
    }
}

/// Whether the roles of a client allow any of these; `None` if the administrator cannot read them.
async fn by_roles(
    administrator: Option<&Organization>,
    client: &str,
    any: &[&str],
) -> Option<bool> {
    let administrator = administrator?;
    let client = administrator.get(&Kind::OAuthClient.one(client)).await.ok()?;
    for id in client::roles(&client) {
        let role = administrator.object(Kind::Role, id).await.ok()?;
        let allows = |role| any.iter().any(|permission| role::allows(role, permission));
        if role.as_ref().is_some_and(allows) {
            return Some(true);
        }
    }
    Some(false)
}

async fn tried(organization: &Organization, (method, path, body): (Method, String, Value)) -> Held {
    let answer = match organization.ask(method, &path, body).await {
        Ok(answer) => answer,
        Err(error) => return Held::Unknown(shared::error::chain(&error)),
    };
    match answer.status {
        403 => Held::No,
        // The request was allowed; what it asked for does not exist or makes no sense.
        200..=299 | 400 | 404 | 409 | 413 | 415 | 422 => Held::Yes,
        _ => Held::Unknown(Refusal::read(&answer, &Value::Null).to_string()),
    }
}

fn assess(need: &Need, held: &[(&str, Held)]) -> Finding {
    let check = Check::GenesysPermission;
    let permission = need.any[0];
    let lacking: Vec<&str> =
        held.iter().filter(|(_, held)| *held == Held::No).map(|(id, _)| *id).collect();
    let unknown = held.iter().find_map(|(id, held)| match held {
        Held::Unknown(why) => Some(format!("not known for client {id}: {why}")),
        _ => None,
    });
    let finding = match (lacking.as_slice(), unknown) {
        ([], None) if held.is_empty() => {
            check.warn("not checked: no OAuth client logs in", "see genesys-login")
        }
        ([], None) => check.ok("held"),
        ([], Some(why)) => check.warn(why, "run this again in a minute"),
        (lacking, _) => {
            let clients = lacking.join(", ");
            let reason = format!("client {clients} lacks it: {}", need.without);
            let setup = need.setup.map(|setup| format!(", or run {setup}")).unwrap_or_default();
            let action = format!(
                "add {permission} to a role of the client, in Admin > Roles / Permissions{setup}"
            );
            match need.outcome {
                Outcome::Fail => check.fail(reason, action),
                _ => check.warn(reason, action),
            }
        }
    };
    finding.about(permission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_that_lacks_it_is_named() {
        let two = [("one", Held::Yes), ("two", Held::No)];
        let found = assess(&RECEIVE, &two);
        assert_eq!(found.outcome, Outcome::Fail);
        assert!(found.reason.starts_with("client two lacks it"), "{}", found.reason);
        assert_eq!(assess(&VIEW, &two).outcome, Outcome::Warn);
        assert_eq!(assess(&RECEIVE, &[("one", Held::Yes)]).outcome, Outcome::Ok);
        let unknown = [("one", Held::Unknown("no answer".to_owned()))];
        assert_eq!(assess(&RECEIVE, &unknown).outcome, Outcome::Warn);
        assert_eq!(assess(&RECEIVE, &[]).outcome, Outcome::Warn);
    }

    #[test]
    fn setup_is_advised_where_it_gives_the_permission() {
        let advice = |need: &Need| assess(need, &[("one", Held::No)]).action.unwrap();
        assert!(advice(&RECEIVE).ends_with("or run `bridge setup`"));
        assert!(advice(&DISCONNECT).ends_with("with --on-session-ended disconnect"));
        // Only for the test message: setup would grant it together with a change of what the bridge
        // does.
        assert!(!advice(&TO_END_A_TEST).contains("setup"));
    }
}
