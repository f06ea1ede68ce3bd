//! What an organisation has of a set-up, and who made it: one loop over the steps that make something.
//!
//! Rules: what has a known id is asked for by it, since lists show new objects late. What a run was just making, and no list shows
//! yet, is looked for again before it counts as not made. What nobody asked for is not looked at, for which a permission would be
//! needed; but what may have been made is, before it is left behind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::posted::bodies::{CREDENTIAL, WEB_SERVICES};
use super::proof::{Proof, bears_no_mark, is_marked, is_proved, whose};
use super::record::{Made, Record};
use super::show;
use super::step::Step;
use super::wanted::Wanted;
use crate::organization::settling::SHOWN;
use crate::organization::{
    CallError, EVENT_BRIDGE, Kind, Object, Organization, Timeline, Wait, since,
};

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

    /// The object, if setup made it.
    pub fn ours(&self) -> Option<&Object> {
        match self {
            Self::Ours(object) => Some(object),
            _ => None,
        }
    }
}

/// Nothing, of something that was not looked for.
static NOTHING: Found = Found::Nothing;

/// Everything that the steps look at.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The division that everything is made in.
    pub division: Object,
    /// The objects of the steps that make one.
    found: BTreeMap<Step, Found>,
    /// Objects of a removal beside the found ones: ours as well, by their mark.
    pub spares: Vec<(Step, Object)>,
    /// Objects of a removal beside the found ones: of the same name, and not proved to be ours.
    pub namesakes: Vec<(Step, Object)>,
    /// What the integration's messages are routed by.
    pub recipient: Object,
    /// Whether the administrator has the role.
    pub granted: bool,
    /// Threading timeline.
    pub timeline: Option<Timeline>,
    /// What there may be, and the administrator may not see.
    pub unseen: Vec<&'static str>,
}

impl Observed {
    /// The object of a step.
    pub fn found(&self, step: Step) -> &Found {
        self.found.get(&step).unwrap_or(&NOTHING)
    }

    /// The object of a step, whoever made it.
    pub fn object(&self, step: Step) -> Option<&Object> {
        self.found(step).object()
    }

    /// The id of a step's object; empty when there is none.
    pub fn id(&self, step: Step) -> &str {
        self.object(step).map(Object::id).unwrap_or_default()
    }

    /// The name of a step's object; empty when there is none.
    pub fn name(&self, step: Step) -> &str {
        self.object(step).map(Object::name).unwrap_or_default()
    }

    /// Notes what has become of a step.
    pub fn note(&mut self, step: Step, object: Object) {
        self.found.insert(step, Found::Ours(object));
    }

    /// For how many minutes a conversation of Open Messaging that ended can be continued.
    pub fn open_minutes(&self) -> u64 {
        self.timeline.as_ref().unwrap_or(&Timeline(Value::Null)).open_minutes()
    }
}

/// Reads what is there.
pub async fn observe(
    organization: &Organization,
    wanted: &Wanted,
    record: &Record,
    configured: Option<&Value>,
) -> Result<Observed, CallError> {
    for made in record.made.values().filter(|made| !made.leaving) {
        if let (Some(id), Some(at)) = (made.id.as_deref(), made.made_at()) {
            organization.expect(id, at);
        }
    }
    let observed = Observed::default();
    let mut look = Look { organization, wanted, record, configured, observed };
    for step in Step::looked_for() {
        look.step(step).await?;
    }
    let mut observed = look.observed;
    observed.division = organization.get("/api/v2/authorization/divisions/home").await?;
    observed.recipient = match observed.found(Step::Integration).ours() {
        Some(integration) => organization.recipient(integration).await?,
        None => Object::default(),
    };
    observed.granted = is_granted(organization, record, observed.id(Step::Role)).await?;
    observed.timeline = Some(organization.timeline().await?);
    Ok(observed)
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
    let seen = organization.has_role(organization.client_id(), role).await?;
    Ok(seen.unwrap_or_else(|| record.id(Step::Grant) == Some(role)))
}

struct Look<'a> {
    organization: &'a Organization,
    wanted: &'a Wanted,
    record: &'a Record,
    configured: Option<&'a Value>,
    observed: Observed,
}

impl Look<'_> {
    async fn step(&mut self, step: Step) -> Result<(), CallError> {
        let Some(kind) = step.kind().filter(|_| self.is_asked(step)) else { return Ok(()) };
        let found = match self.find(step, kind).await {
            // Without a record it is not known whether there are any.
            Err(error) if self.is_lost() && error.is_status(403) && is_optional(step) => {
                let what = if step.is_of_posted_events() {
                    "what lets workflows post events"
                } else {
                    step.word()
                };
                if !self.observed.unseen.contains(&what) {
                    self.observed.unseen.push(what);
                }
                return Ok(());
            }
            found => found?,
        };
        if self.wanted.is_removal {
            self.beside(step, kind, &found).await?;
        }
        self.observed.found.insert(step, found);
        Ok(())
    }

    /// Whether it is taken back without a record: then everything is looked for.
    fn is_lost(&self) -> bool {
        self.wanted.is_removal && self.record.made.is_empty()
    }

    fn is_asked(&self, step: Step) -> bool {
        if step == Step::EventSource {
            let is_recorded = self.record.made.contains_key(&step);
            return self.wanted.events.is_some() || is_recorded || self.is_lost();
        }
        if !step.is_of_posted_events() {
            return true;
        }
        let is_recorded = self.record.made.keys().any(|step| step.is_of_posted_events());
        let key = self.configured.and_then(|entry| entry.pointer("/genesys/eventsApiKey"));
        let has_key = self.wanted.is_removal && key.is_some_and(Value::is_string);
        self.wanted.posted_events || is_recorded || has_key || self.is_lost()
    }

    /// The object of a step: by an id that is known, else in the list.
    async fn find(&self, step: Step, kind: Kind) -> Result<Found, CallError> {
        let made = self.record.made.get(&step);
        if let Some(Made { id: Some(id), leaving: true, .. }) = made {
            // It may go on answering; one that does so longer than it should is still there.
            let left = self.organization.leaves(kind, id, &show::name(step, self.wanted)).await;
            if matches!(&left, Err(error) if error.is_refusal()) {
                left?;
            }
        }
        for id in self.ids(step) {
            if let Some(object) = self.whole(step, kind, &id).await?
                && self.counts(step, &object)
            {
                return Ok(Found::Ours(object));
            }
        }
        let attempted = made.filter(|made| made.id.is_none()).and_then(Made::made_at);
        let clock = self.organization.clock();
        let age = attempted.map(|at| since(clock.now(), at));
        let most = age.map(|age| SHOWN.saturating_sub(age)).unwrap_or_default();
        let what = format!("whether the {} was made by the run before", step.word());
        let mut wait = Wait::new(clock, what, most);
        loop {
            let found = self.among(step, kind).await?;
            if found != Found::Nothing || !wait.goes_on().await {
                return Ok(found);
            }
        }
    }

    /// The ids that are known of a step's object: from the record, from the configuration, from what our integrations refer to.
    fn ids(&self, step: Step) -> Vec<String> {
        let at = |pointer: &str| self.configured.and_then(|entry| entry.pointer(pointer));
        let texts = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let refers = |to: Step, pointer: &str| {
            let object = self.observed.found(to).ours()?;
            Some(object.text(pointer).to_owned())
        };
        let mut ids: Vec<String> = self.record.id(step).map(str::to_owned).into_iter().collect();
        match step {
            Step::Integration => ids.extend(texts(at("/genesys/integrationId"))),
            Step::SupportedContent => ids.extend(refers(Step::Integration, "/supportedContent/id")),
            Step::MessagingSetting => ids.extend(refers(Step::Integration, "/messagingSetting/id")),
            Step::EventsCredential => {
                let place = format!("/config/current/credentials/{CREDENTIAL}/id");
                ids.extend(refers(Step::EventsIntegration, &place));
            }
            Step::Client => {
                let clients = at("/genesys/oauthClients").and_then(Value::as_array);
                let clients = clients.into_iter().flatten();
                ids.extend(clients.filter_map(|client| texts(client.get("clientId"))));
            }
            _ => {}
        }
        ids.retain(|id| !id.is_empty());
        ids
    }

    /// Whether an object of a known id is the step's.
    fn counts(&self, step: Step, object: &Object) -> bool {
        match step {
            // What our integration refers to is ours only under our name: it may be the organisation's default.
            Step::SupportedContent | Step::MessagingSetting => {
                object.is_named(&self.wanted.label) || self.record.id(step) == Some(object.id())
            }
            // One that was deleted may answer for some days.
            Step::Client => !object.is_to_be_deleted(),
            _ => step.kind().is_some_and(|kind| kind.fits(object)),
        }
    }

    /// An object by its id, with all that is compared; none when there is none.
    async fn whole(&self, step: Step, kind: Kind, id: &str) -> Result<Option<Object>, CallError> {
        if step == Step::EventsAction {
            // A list shows neither what an action takes nor where it goes.
            let path = format!("{}?expand=contract&includeConfig=true", kind.one(id));
            return self.organization.find(&path).await;
        }
        let Some(mut object) = self.organization.object(kind, id).await? else { return Ok(None) };
        if kind == Kind::Integration {
            let current = self.organization.find(&configuration_path(id)).await?;
            let Some(Object(current)) = current else { return Ok(None) };
            object.0["config"]["current"] = current;
        }
        Ok(Some(object))
    }

    /// Whose the object of a step's name is. A list may show what is gone, and what was changed as it was: the object itself is asked.
    async fn among(&self, step: Step, kind: Kind) -> Result<Found, CallError> {
        let mut objects = self.candidates(step, kind).await?;
        let name = show::name(step, self.wanted);
        let ids = self.proved_ids(step, &objects);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mark = self.mark(step);
        let is_ours_by_name =
            is_marked(self.observed.found(Step::Role), &self.wanted.label, &self.wanted.mark());
        let intended = self.record.is_intended(step) || is_ours_by_name && bears_no_mark(step);
        loop {
            let found = whose(&objects, kind, &name, Proof { ids: &ids, mark: &mark, intended });
            let Some(listed) = found.object() else { return Ok(Found::Nothing) };
            match (self.whole(step, kind, listed.id()).await?, &found) {
                (Some(object), Found::Ours(_)) => return Ok(Found::Ours(object)),
                (Some(object), _) => return Ok(Found::Others(object)),
                (None, _) => {
                    let gone = listed.id().to_owned();
                    objects.retain(|object| object.id() != gone);
                }
            }
        }
    }

    /// The ids that prove an object of a list to be ours; an action also by the integration that holds it.
    fn proved_ids(&self, step: Step, objects: &[Object]) -> Vec<String> {
        let mut ids = self.ids(step);
        if step == Step::EventsAction {
            let held = objects.iter().filter(|action| self.is_held(action));
            ids.extend(held.map(|action| action.id().to_owned()));
        }
        ids
    }

    fn is_held(&self, action: &Object) -> bool {
        let holder = self.observed.found(Step::EventsIntegration).ours().map(Object::id);
        holder.is_some_and(|holder| action.text("/integrationId") == holder)
    }

    /// The objects of a list that may be the step's.
    async fn candidates(&self, step: Step, kind: Kind) -> Result<Vec<Object>, CallError> {
        let mut objects = self.organization.all(kind).await?;
        let label = self.wanted.label.as_str();
        match step {
            // A client that was deleted stays for some days, switched off. One that is ours has its id in the record.
            Step::Client => objects.retain(|client| !client.is_off()),
            Step::EventSource | Step::EventsIntegration => {
                let wanted = if step == Step::EventSource { EVENT_BRIDGE } else { WEB_SERVICES };
                objects.retain(|integration| integration.text("/integrationType/id") == wanted);
                for integration in objects.iter_mut().filter(|one| one.is_named(label)) {
                    let place = configuration_path(integration.id());
                    let current = self.organization.find(&place).await?.unwrap_or_default();
                    integration.0["config"]["current"] = current.0;
                }
            }
            // One of the same name and category elsewhere is in the way: flows name actions by the two.
            Step::EventsAction => objects.retain(|action| {
                let is_near = self.is_held(action) || action.text("/category") == label;
                action.is_named(label) && is_near
            }),
            Step::Trigger(topic) => {
                let told = topic.name();
                objects.retain(|trigger| trigger.text("/topicName") == told);
            }
            _ => {}
        }
        Ok(objects)
    }

    /// What tells the step's object from others', where it has a description.
    fn mark(&self, step: Step) -> String {
        match step {
            Step::Workflow(topic) | Step::Trigger(topic) => self.wanted.mark_of(topic),
            Step::EventsCredential | Step::EventsAction => String::new(),
            _ => self.wanted.mark(),
        }
    }

    /// What there is beside the found object: an older version made some twice where lists were late.
    async fn beside(&mut self, step: Step, kind: Kind, found: &Found) -> Result<(), CallError> {
        let Some(ours) = found.ours() else { return Ok(()) };
        let name = show::name(step, self.wanted);
        let mark = self.mark(step);
        let proof = Proof { ids: &[], mark: &mark, intended: false };
        for object in self.candidates(step, kind).await? {
            if object.id() == ours.id() || !kind.fits(&object) {
                continue;
            }
            if is_proved(&object, proof) {
                self.observed.spares.push((step, object));
            } else if object.is_named(&name) {
                self.observed.namesakes.push((step, object));
            }
        }
        Ok(())
    }
}

/// What not every set-up has.
fn is_optional(step: Step) -> bool {
    step == Step::EventSource || step.is_of_posted_events()
}

/// What an integration is told, with its version.
pub async fn integration_configuration(
    organization: &Organization,
    id: &str,
) -> Result<Value, CallError> {
    organization.get(&configuration_path(id)).await.map(|object| object.0)
}

fn configuration_path(id: &str) -> String {
    format!("{}/config/current", Kind::Integration.one(id))
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
