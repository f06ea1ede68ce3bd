//! Access for tests to the objects of the organisation.

use serde_json::{Value, json};

use super::super::GenesysSimulator;
use super::habits::PlatformHabits;
use super::organization::text;
use super::table::{IDLE, with_roles};

/// A kind of object of the administration API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// `/authorization/divisions`.
    Division,
    /// `/authorization/roles`.
    Role,
    /// `/oauth/clients`; without secrets.
    OAuthClient,
    /// `/conversations/messaging/supportedcontent`.
    SupportedContent,
    /// `/conversations/messaging/settings`.
    MessagingSetting,
    /// `/conversations/messaging/integrations/open`; with the secret of its webhook.
    OpenIntegration,
    /// `/routing/message/recipients`.
    Recipient,
    /// `/routing/queues`.
    Queue,
    /// `/flows`.
    Flow,
    /// `/flows/jobs`.
    FlowJob,
    /// `/integrations`.
    Integration,
    /// `/integrations/credentials`; without the stored values.
    Credential,
    /// `/integrations/actions`.
    DataAction,
    /// `/processautomation/triggers`.
    Trigger,
    /// `/externalcontacts/externalsources`.
    ExternalSource,
}

impl GenesysSimulator {
    /// The permissions that the administrator's calls have needed, sorted.
    pub fn needed_of_administrator(&self) -> Vec<String> {
        let needed = &self.inner.state().organization.needed;
        let needed = needed.get(&self.inner.options.admin_client_id);
        needed.into_iter().flatten().cloned().collect()
    }

    /// All objects of a kind, in the order of their creation.
    pub fn objects(&self, kind: ObjectKind) -> Vec<Value> {
        let state = self.inner.state();
        let organization = &state.organization;
        let objects = organization.objects(kind).iter();
        match kind {
            ObjectKind::OAuthClient => {
                objects.map(|object| with_roles(organization, object)).collect()
            }
            _ => objects.cloned().collect(),
        }
    }

    /// Changes the habits of the platform. The new habits apply to pending effects too.
    pub fn set_habits(&self, habits: PlatformHabits) {
        self.inner.state().organization.habits = habits;
    }

    /// Changes objects without the API, as a user does elsewhere. `change` is called for each
    /// object of a kind.
    pub fn change_objects(&self, kind: ObjectKind, change: impl FnMut(&mut Value)) {
        let mut state = self.inner.state();
        state.organization.objects.entry(kind).or_default().iter_mut().for_each(change);
    }

    /// Adds an object as a user does in the user interface, and returns its id. No call is
    /// recorded.
    pub fn add_object(&self, kind: ObjectKind, body: &Value) -> String {
        let object = self.inner.state().organization.add(kind, body);
        text(&object, "id").to_owned()
    }

    /// Publishes a flow as a user does in Architect, and returns its id. No call is recorded.
    ///
    /// # Errors
    ///
    /// Says why the flow cannot be published.
    pub fn publish_flow(&self, yaml: &str) -> Result<String, String> {
        let source = super::flow_source::FlowSource::read(yaml)?;
        self.inner.state().organization.publish(&source)
    }

    /// Gives every queue `members` members, of whom `joined` have switched the queue on.
    pub fn set_queue_members(&self, members: usize, joined: usize) {
        let mut state = self.inner.state();
        let organization = &mut state.organization;
        let queues = organization.objects(ObjectKind::Queue).iter();
        let ids: Vec<String> = queues.map(|queue| text(queue, "id").to_owned()).collect();
        let idle = |number: usize| format!("{}{number}", IDLE);
        for id in ids {
            let busy = (0..joined).map(|number| format!("agent-{number}"));
            let users = busy.chain((joined..members).map(idle)).collect();
            organization.queue_members.insert(id, users);
        }
        let queues = organization.objects.entry(ObjectKind::Queue).or_default();
        queues.iter_mut().for_each(|queue| queue["memberCount"] = json!(members));
    }

    /// Removes every transfer from a flow to a queue.
    pub fn detach_queues(&self) {
        self.inner.state().organization.flow_queues.clear();
    }

    /// Sets the minutes of the threading timeline of Open Messaging.
    pub fn set_threading(&self, minutes: u64) {
        self.inner.state().organization.timeline.insert("open".to_owned(), minutes);
    }

    /// Changes an object as a user does in the user interface. No call is recorded.
    pub fn change_object(&self, kind: ObjectKind, id: &str, change: impl FnOnce(&mut Value)) {
        if let Some(object) = self.inner.state().organization.find_mut(kind, id) {
            change(object);
        }
    }

    /// Deletes an object as a user does in the user interface. No call is recorded.
    pub fn remove_object(&self, kind: ObjectKind, id: &str) {
        self.inner.state().organization.remove(kind, id);
    }

    /// Sets the identity resolution of the Open Messaging integration with this name, as a user
    /// does. No call is recorded.
    pub fn set_identity(&self, integration: &str, setting: &Value) {
        let mut state = self.inner.state();
        let organization = &mut state.organization;
        let integrations = organization.objects(ObjectKind::OpenIntegration).iter();
        let mut named = integrations.filter(|known| text(known, "name") == integration);
        if let Some(id) = named.next().map(|known| text(known, "id").to_owned()) {
            organization.identity_resolution.insert(id, setting.clone());
        }
    }

    /// Makes the creation of the next Open Messaging integration fail with this message.
    pub fn fail_next_integration(&self, message: &str) {
        self.inner.state().organization.creation_errors.push_back(message.to_owned());
    }

    /// Locks a flow, as a user does who edits it. Until it is unlocked, it can be neither deleted
    /// nor published.
    pub fn lock_flow(&self, id: &str) {
        if let Some(flow) = self.inner.state().organization.find_mut(ObjectKind::Flow, id) {
            flow["lockedUser"] = json!({ "id": "somebody-else" });
        }
    }

    /// Method and path of every call that changed an object, in order. Refused calls are not
    /// included.
    pub fn changes(&self) -> Vec<(String, String)> {
        self.inner.state().organization.changes.clone()
    }
}
