//! The rules of each kind of resource, one file for each kind.

pub mod client;
pub mod event_source;
pub mod events_action;
pub(crate) mod events_credential;
pub mod events_integration;
pub mod external_source;
pub(crate) mod flow;
pub(crate) mod grant;
pub mod identity;
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
use crate::{Decision, Ownership, Question, Resource, SetupRun, Wanted};

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
    fn configured(&self, _run: &SetupRun<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Whether an object with a known id is the resource's.
    fn counts(&self, _object: &Object, _run: &SetupRun<'_>) -> bool {
        true
    }

    /// Whether an object of a list may be the resource's.
    fn is_candidate(&self, _object: &Object, _run: &SetupRun<'_>) -> bool {
        true
    }

    /// Whether an object of setup's holds this object, which proves that setup made it.
    fn is_held(&self, _object: &Object, _run: &SetupRun<'_>) -> bool {
        false
    }

    fn decide(&self, found: &Ownership, run: &SetupRun<'_>) -> Decision {
        match found {
            Ownership::Nothing => self.absent(run),
            Ownership::Others(_) => self.taken(run),
            Ownership::Ours(found) => self.differs(found, run),
        }
    }

    /// The decision if there is no object.
    fn absent(&self, _run: &SetupRun<'_>) -> Decision {
        Decision::Create(String::new())
    }

    /// The decision if the object with the name was not made by setup.
    fn taken(&self, run: &SetupRun<'_>) -> Decision {
        Decision::blocked_by_another(&self.name(run.wanted))
    }

    /// The decision if the object exists: what differs from the wanted state.
    fn differs(&self, _found: &Object, _run: &SetupRun<'_>) -> Decision {
        Decision::exists()
    }

    /// The body of the call that makes the object.
    fn body(&self, _run: &SetupRun<'_>) -> Value {
        Value::Null
    }

    /// The text from which a flow is published, to make it and to change it, and the resources that
    /// the flow uses.
    fn source(&self, _run: &SetupRun<'_>) -> Option<(Source, Vec<Resource>)> {
        None
    }

    /// The call that changes the object, from its known state.
    fn changes(&self, _known: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        (Method::PATCH, self.body(run))
    }

    /// Runs before the object is made or changed.
    async fn prepare(&self, _run: &mut SetupRun<'_>) -> anyhow::Result<()> {
        Ok(())
    }

    /// Makes or changes the object, and notes its new state.
    async fn apply(
        &self,
        me: Resource,
        run: &mut SetupRun<'_>,
        creates: bool,
    ) -> anyhow::Result<()> {
        self.prepare(run).await?;
        let object =
            if creates { self.create(me, run).await? } else { self.change(me, run).await? };
        let object = self.finish(run, object).await?;
        run.observed.set_ours(me, object);
        Ok(())
    }

    async fn create(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        if let Some((source, uses)) = self.source(run) {
            return run.publish(me, source, &uses).await;
        }
        let body = self.body(run);
        run.make(me, body).await
    }

    async fn change(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        if self.source(run).is_some() {
            return self.create(me, run).await;
        }
        let known = run.known_object(me)?;
        let (method, body) = self.changes(&known, run);
        let place = me.kind().context("a resource without a kind")?.one(known.id());
        let changed = run.organization.change(method, &place, body).await?;
        // The answer may not show the object.
        Ok(if changed.id().is_empty() { known } else { changed })
    }

    /// Runs after the object was made or changed.
    async fn finish(&self, _run: &mut SetupRun<'_>, object: Object) -> anyhow::Result<Object> {
        Ok(object)
    }

    /// Ends what keeps the object from being deleted.
    async fn release(&self, _run: &mut SetupRun<'_>, _object: &Object) -> anyhow::Result<()> {
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
fn is_under_our_name(resource: Resource, object: &Object, run: &SetupRun<'_>) -> bool {
    object.is_named(&run.wanted.label) || run.record.id(resource) == Some(object.id())
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
