//! The rules of each kind of resource, one file for each kind.

pub mod client;
pub mod event_source;
pub mod events_action;
pub(crate) mod events_credential;
pub mod events_integration;
pub(crate) mod flow;
pub(crate) mod grant;
pub mod integration;
pub mod messaging_setting;
pub(crate) mod queue;
pub mod role;
pub(crate) mod routing;
pub mod supported_content;
pub mod timeline;
pub mod trigger;
pub(crate) mod workflow;

use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};

use crate::architect::Source;
use crate::organization::{Kind, Object};
use crate::proof::Mark;
use crate::{Decision, Found, Question, Resource, Wanted, Work};

/// How a resource is found, judged, made, changed and removed. The default methods fit most
/// resources.
#[async_trait]
pub(crate) trait Rules: Send + Sync {
    /// The name of the resource's object.
    fn name(&self, wanted: &Wanted) -> String {
        wanted.label.clone()
    }

    /// Distinguishes setup's object from another one with its name.
    fn mark(&self, wanted: &Wanted) -> Mark {
        Mark::Text(wanted.mark())
    }

    /// The ids of the object in the integration's entry of the configuration.
    fn configured(&self, _work: &Work<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Whether an object with a known id is the resource's.
    fn counts(&self, _object: &Object, _work: &Work<'_>) -> bool {
        true
    }

    /// Whether an object of a list may be the resource's.
    fn is_candidate(&self, _object: &Object, _work: &Work<'_>) -> bool {
        true
    }

    /// Whether an object of setup's holds this object, which proves that setup made it.
    fn is_held(&self, _object: &Object, _work: &Work<'_>) -> bool {
        false
    }

    fn decide(&self, found: &Found, work: &Work<'_>) -> Decision {
        match found {
            Found::Nothing => self.absent(work),
            Found::Others(_) => self.taken(work),
            Found::Ours(found) => self.differs(found, work),
        }
    }

    /// The decision if there is no object.
    fn absent(&self, _work: &Work<'_>) -> Decision {
        Decision::Create(String::new())
    }

    /// The decision if the object with the name was not made by setup.
    fn taken(&self, work: &Work<'_>) -> Decision {
        Decision::blocked_by_another(&self.name(work.wanted))
    }

    /// The decision if the object exists: what differs from the wanted state.
    fn differs(&self, _found: &Object, _work: &Work<'_>) -> Decision {
        Decision::exists()
    }

    /// The body of the call that makes the object.
    fn body(&self, _work: &Work<'_>) -> Value {
        Value::Null
    }

    /// The text from which a flow is published, to make it and to change it, and the resource that
    /// the flow uses.
    fn source(&self, _work: &Work<'_>) -> Option<(Source, Resource)> {
        None
    }

    /// The call that changes the object, from its known state.
    fn changes(&self, _known: &Object, work: &Work<'_>) -> (Method, Value) {
        (Method::PATCH, self.body(work))
    }

    /// Runs before the object is made or changed.
    async fn prepare(&self, _work: &mut Work<'_>) -> anyhow::Result<()> {
        Ok(())
    }

    /// Makes or changes the object, and notes its new state.
    async fn apply(&self, me: Resource, work: &mut Work<'_>, creates: bool) -> anyhow::Result<()> {
        self.prepare(work).await?;
        let object =
            if creates { self.create(me, work).await? } else { self.change(me, work).await? };
        let object = self.settle(work, object).await?;
        work.observed.note(me, object);
        Ok(())
    }

    async fn create(&self, me: Resource, work: &mut Work<'_>) -> anyhow::Result<Object> {
        if let Some((source, uses)) = self.source(work) {
            return work.publish(me, source, uses).await;
        }
        let body = self.body(work);
        work.make(me, body).await
    }

    async fn change(&self, me: Resource, work: &mut Work<'_>) -> anyhow::Result<Object> {
        if self.source(work).is_some() {
            return self.create(me, work).await;
        }
        let known = work.known_object(me)?;
        let (method, body) = self.changes(&known, work);
        let place = me.kind().context("a resource without a kind")?.one(known.id());
        let changed = work.organization.change(method, &place, body).await?;
        // The answer may not show the object.
        Ok(if changed.id().is_empty() { known } else { changed })
    }

    /// Runs after the object was made or changed.
    async fn settle(&self, _work: &mut Work<'_>, object: Object) -> anyhow::Result<Object> {
        Ok(object)
    }

    /// Ends what keeps the object from being deleted.
    async fn release(&self, _work: &mut Work<'_>, _object: &Object) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Adds the version of the object that the body replaces.
fn with_version(mut body: Value, known: &Object) -> Value {
    body["version"] = known.0["version"].clone();
    body
}

/// The directions of messages, as the API names them.
const DIRECTIONS: [&str; 2] = ["inbound", "outbound"];

/// Whether setup made an object that its integration refers to. The object must have setup's name
/// or be recorded, because it may be the organisation's default.
fn is_under_our_name(resource: Resource, object: &Object, work: &Work<'_>) -> bool {
    object.is_named(&work.wanted.label) || work.record.id(resource) == Some(object.id())
}

/// Whether an object has all fields of a body, with the same values.
fn includes(object: &Value, body: &Value) -> bool {
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
