//! What an organisation has of a set-up, and who made it.
//!
//! Rule: what nobody asked for is not looked at, for which a permission would be needed; but what may have been made is, before it is
//! left behind.

use serde_json::Value;

use super::posted::observed::{Posted, observe as observe_posted};
use super::proof::{Proof, bears_no_mark, is_marked, whose};
use super::record::Record;
use super::step::Step;
use super::wanted::{EVENT_BRIDGE, Wanted};
use crate::organization::{CallError, Kind, Object, Organization, Timeline};

/// Who made what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Found {
    /// There is none.
    #[default]
    Nothing,
    /// Setup did.
    Ours(Object),
    /// Somebody else did.
    Others(Object),
}

impl Found {
    /// The object, whoever made it.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Nothing => None,
            Self::Ours(object) | Self::Others(object) => Some(object),
        }
    }

    /// The object's name; empty when there is none.
    pub fn name(&self) -> &str {
        self.object().map(Object::name).unwrap_or_default()
    }

    /// The object's id; empty when there is none.
    pub fn id(&self) -> &str {
        self.object().map(Object::id).unwrap_or_default()
    }
}

/// Everything that the steps look at.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The division that everything is made in.
    pub division: Object,
    /// Supported content.
    pub content: Found,
    /// Messaging setting.
    pub setting: Found,
    /// Queue.
    pub queue: Found,
    /// Inbound message flow.
    pub flow: Found,
    /// Open Messaging integration.
    pub integration: Found,
    /// What the integration's messages are routed by.
    pub recipient: Object,
    /// Role.
    pub role: Found,
    /// Whether the administrator has the role.
    pub granted: bool,
    /// OAuth client.
    pub client: Found,
    /// Threading timeline.
    pub timeline: Option<Timeline>,
    /// EventBridge integration.
    pub events: Found,
    /// What lets workflows post events.
    pub posted: Posted,
    /// What there may be, and the administrator may not see.
    pub unseen: Vec<&'static str>,
}

/// The platform's own threading timeline, in minutes.
const DEFAULT_MINUTES: u64 = 72 * 60;

impl Observed {
    /// For how many minutes a conversation of Open Messaging that ended can be continued.
    pub fn open_minutes(&self) -> u64 {
        let told = self.timeline.as_ref().and_then(Timeline::open_minutes);
        told.unwrap_or(DEFAULT_MINUTES)
    }
}

/// Reads what is there.
pub async fn observe(
    organization: &Organization,
    wanted: &Wanted,
    record: &Record,
    configured: Option<&Value>,
) -> Result<Observed, CallError> {
    let mark = wanted.mark();
    let label = wanted.label.as_str();
    let role = role(organization, wanted, record).await?;
    let is_ours_by_name = is_marked(&role, label, &mark);
    let at = |pointer: &str| configured.and_then(|entry| entry.pointer(pointer)?.as_str());
    let find = async |step: Step, kind: Kind, name: &str, known: &[&str]| {
        let objects = organization.list(&kind.list()).await?;
        let ids: Vec<&str> = record.id(step).into_iter().chain(known.iter().copied()).collect();
        let intended = record.is_intended(step) || is_ours_by_name && bears_no_mark(step);
        let proof = Proof { ids: &ids, mark: &mark, intended };
        Ok::<_, CallError>(whose(&objects, kind, name, proof))
    };
    let known: Vec<&str> = at("/genesys/integrationId").into_iter().collect();
    let mut integration = find(Step::Integration, Kind::OpenIntegration, label, &known).await?;
    if let Found::Ours(object) = &integration {
        // One alone says more than a list does: how far its creation has come, and perhaps its secret.
        let whole = organization.object(Kind::OpenIntegration, object.id()).await?;
        integration = whole.map_or(Found::Nothing, Found::Ours);
    }
    let refers = |pointer: &str| match &integration {
        Found::Ours(object) => object.text(pointer).to_owned(),
        _ => String::new(),
    };
    let (content, setting) = (refers("/supportedContent/id"), refers("/messagingSetting/id"));
    let clients: Vec<&str> = configured
        .and_then(|entry| entry.pointer("/genesys/oauthClients")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|client| client["clientId"].as_str())
        .collect();
    let named_alike = |found: Found| match found {
        // What our integration refers to is ours only under our name: it may be the organisation's default.
        Found::Ours(object) if !object.is_named(label) && !is_recorded(record, &object) => {
            Found::Nothing
        }
        found => found,
    };
    let events = events(organization, wanted, record, configured).await?;
    Ok(Observed {
        division: organization.get("/api/v2/authorization/divisions/home").await?,
        content: named_alike(
            find(Step::SupportedContent, Kind::SupportedContent, label, &[&content]).await?,
        ),
        setting: named_alike(
            find(Step::MessagingSetting, Kind::MessagingSetting, label, &[&setting]).await?,
        ),
        queue: find(Step::Queue, Kind::Queue, &wanted.queue, &[]).await?,
        flow: find(Step::Flow, Kind::MessageFlow, label, &[]).await?,
        recipient: recipient(organization, &integration).await?,
        granted: is_granted(organization, record, role.id()).await?,
        client: find(Step::Client, Kind::OAuthClient, label, &clients).await?,
        timeline: Some(organization.timeline().await?),
        events: events.source,
        posted: events.posted,
        unseen: events.unseen,
        integration,
        role,
    })
}

async fn role(
    organization: &Organization,
    wanted: &Wanted,
    record: &Record,
) -> Result<Found, CallError> {
    let roles = organization.list(&Kind::Role.list()).await?;
    let ids: Vec<&str> = record.id(Step::Role).into_iter().collect();
    let intended = record.is_intended(Step::Role);
    let proof = Proof { ids: &ids, mark: &wanted.mark(), intended };
    Ok(whose(&roles, Kind::Role, &wanted.label, proof))
}

/// The ways on which events come.
struct Events {
    source: Found,
    posted: Posted,
    unseen: Vec<&'static str>,
}

async fn events(
    organization: &Organization,
    wanted: &Wanted,
    record: &Record,
    configured: Option<&Value>,
) -> Result<Events, CallError> {
    // Without a record it is not known whether there are any, so they are looked for before they are left behind.
    let is_lost = wanted.is_removal && record.made.is_empty();
    let mut unseen = Vec::new();
    let is_hidden = |error: &CallError| is_lost && error.is_status(403);
    let step = Step::EventSource;
    let mut source = Found::Nothing;
    if wanted.events.is_some() || record.made.contains_key(&step) || is_lost {
        source = match integration_of_type(organization, record, wanted, step, EVENT_BRIDGE).await {
            Err(error) if is_hidden(&error) => {
                unseen.push(step.word());
                Found::Nothing
            }
            found => found?,
        };
    }
    let posted = match observe_posted(organization, wanted, record, configured).await {
        Err(error) if is_hidden(&error) => {
            unseen.push("what lets workflows post events");
            Posted::default()
        }
        posted => posted?,
    };
    Ok(Events { source, posted, unseen })
}

fn is_recorded(record: &Record, object: &Object) -> bool {
    record.made.values().any(|made| made.id.as_deref() == Some(object.id()))
}

/// The recipient of an integration. Its id is the integration's `recipient.id`; an older API had the integration's own.
pub async fn recipient(
    organization: &Organization,
    integration: &Found,
) -> Result<Object, CallError> {
    let Found::Ours(integration) = integration else { return Ok(Object::default()) };
    let id = match integration.text("/recipient/id") {
        "" if integration.text("/createStatus") == "Completed" => integration.id(),
        "" => return Ok(Object::default()),
        id => id,
    };
    if let Some(recipient) = organization.object(Kind::Recipient, id).await? {
        return Ok(recipient);
    }
    let mut named = organization.named(Kind::Recipient, integration.name()).await?;
    let only = if named.len() == 1 { named.pop() } else { None };
    Ok(only.unwrap_or_default())
}

/// Whether the administrator's OAuth client has the role; where it may not look, the record says what was done.
async fn is_granted(
    organization: &Organization,
    record: &Record,
    role: &str,
) -> Result<bool, CallError> {
    if role.is_empty() {
        return Ok(false);
    }
    let subject = format!("/api/v2/authorization/subjects/{}", organization.client_id());
    match organization.get(&subject).await {
        Ok(subject) => {
            let grants = subject.0["grants"].as_array().into_iter().flatten();
            Ok(grants.into_iter().any(|grant| grant["role"]["id"].as_str() == Some(role)))
        }
        Err(error) if error.is_status(403) || error.is_status(404) => {
            Ok(record.id(Step::Grant) == Some(role))
        }
        Err(error) => Err(error),
    }
}

/// The integration of a step and a type, with its configuration, which a list need not show.
pub async fn integration_of_type(
    organization: &Organization,
    record: &Record,
    wanted: &Wanted,
    step: Step,
    kind: &str,
) -> Result<Found, CallError> {
    let mut known = organization.list(&Kind::Integration.list()).await?;
    known.retain(|integration| integration.text("/integrationType/id") == kind);
    let named = |integration: &Object| integration.is_named(&wanted.label);
    for integration in known.iter_mut().filter(|integration| named(integration)) {
        integration.0["config"]["current"] =
            integration_configuration(organization, integration.id()).await?;
    }
    let ids: Vec<&str> = record.id(step).into_iter().collect();
    let proof = Proof { ids: &ids, mark: &wanted.mark(), intended: record.is_intended(step) };
    Ok(whose(&known, Kind::Integration, &wanted.label, proof))
}

/// What an integration is told, with its version.
pub async fn integration_configuration(
    organization: &Organization,
    id: &str,
) -> Result<Value, CallError> {
    let path = format!("{}/config/current", Kind::Integration.one(id));
    organization.get(&path).await.map(|object| object.0)
}

/// Whether an object has everything that a body says, with the same values.
pub fn includes(object: &Value, body: &Value) -> bool {
    match (object, body) {
        (Value::Object(fields), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| fields.get(key).is_some_and(|found| includes(found, value))),
        (Value::Array(items), Value::Array(wanted)) => {
            items.len() == wanted.len()
                && items.iter().zip(wanted).all(|(item, value)| includes(item, value))
        }
        _ => object == body,
    }
}
