//! The administration API: the objects of an organisation, and the permissions to read and change
//! them. Each file has one kind of object. All share the handling of a call: path, permission,
//! paging, record of changes.

mod about;
mod clients;
mod credentials;
mod data_actions;
mod dependencies;
mod desk;
mod divisions;
mod flow_jobs;
mod flow_source;
mod flows;
mod grants;
mod habits;
mod inspection;
mod integrations;
mod lag;
mod messaging_settings;
mod open_channel;
mod open_integrations;
mod operation;
mod organization;
mod paging;
mod permissions;
mod progress;
mod queues;
mod recipients;
mod roles;
mod seed;
mod supported_content;
mod timeline;
mod triggered;
mod triggers;
mod usage;
mod workflow_call;

pub use habits::PlatformHabits;
pub use inspection::ObjectKind;
pub use progress::Completion;

pub(super) use open_channel::Webhook;
pub(super) use operation::is_administration;
pub(super) use organization::Organization;
pub(super) use permissions::Needs;

use http::Method;

use super::Inner;
use super::login::Caller;
use super::refusal::{Checked, Refusal};
use super::state::State;
use crate::http::{Answer, Call};
use desk::Desk;
use operation::Operation;

/// All operations. If two paths match a call, the earlier operation is used.
const OPERATIONS: &[&[Operation]] = &[
    divisions::OPERATIONS,
    roles::OPERATIONS,
    grants::OPERATIONS,
    clients::OPERATIONS,
    supported_content::OPERATIONS,
    messaging_settings::OPERATIONS,
    open_integrations::OPERATIONS,
    queues::OPERATIONS,
    recipients::OPERATIONS,
    flow_jobs::OPERATIONS,
    flows::OPERATIONS,
    dependencies::OPERATIONS,
    timeline::OPERATIONS,
    credentials::OPERATIONS,
    data_actions::OPERATIONS,
    integrations::OPERATIONS,
    triggers::OPERATIONS,
    about::OPERATIONS,
];

/// The permissions that a call of the administration API needs; [`Needs::Nothing`] for an unknown
/// call.
pub(super) fn needs(call: &Call) -> Needs {
    operation::find(OPERATIONS, &call.method, &call.segments())
        .map_or(Needs::Nothing, |(operation, _)| operation.needs)
}

impl Inner {
    /// Answers a call of the administration API and records its changes.
    pub(super) fn administer(&self, call: &Call, caller: &Caller) -> Checked<Answer> {
        let segments = call.segments();
        let (operation, ids) = operation::find(OPERATIONS, &call.method, &segments)?;
        let mut state = self.state();
        let State { organization, tokens, .. } = &mut *state;
        let before = organization.habits.remembers().then(|| organization.objects.clone());
        let mut desk = Desk { call, ids, caller, options: &self.options, organization, tokens };
        let answer = work(&mut desk, operation);
        if let Some(before) = before {
            organization.lag.note(&before, &organization.objects);
        }
        if answer.is_ok() && call.method != Method::GET {
            organization.changes.push((call.method.to_string(), call.path.clone()));
        }
        organization.note_refusal(caller, &answer);
        answer
    }

    /// Refuses a client whose roles do not allow a call.
    pub(super) fn check_permission(&self, caller: &Caller, needs: Needs) -> Checked<()> {
        let organization = &mut self.state().organization;
        let checked = organization.check(caller, needs);
        organization.note_refusal(caller, &checked);
        checked
    }
}

/// Runs an operation, unless the caller lacks permission or names an object that is not visible
/// yet.
fn work(desk: &mut Desk<'_>, operation: &Operation) -> Checked<Answer> {
    desk.organization.check(desk.caller, operation.needs)?;
    lag::check_seen(desk)?;
    let lingering = desk.ids.last().and_then(|id| desk.organization.lingering(id));
    match lingering.filter(|_| desk.call.method == Method::GET && operation.names_one()) {
        Some(deleted) => Ok(Answer::json(200, desk.visible(deleted))),
        None => (operation.run)(desk),
    }
}

/// A missing object. Asking for it does not breach the contract.
fn absent(what: &str, id: &str) -> Refusal {
    Refusal { is_violation: false, ..Refusal::not_found(&format!("{what} {id}")) }
}
