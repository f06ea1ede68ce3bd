//! The administration API: the objects of an organisation, and who may read and change them. Each file has one kind of
//! object; what they share is the way of a call: path, permission, paging, record of changes.

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
mod inspection;
mod integrations;
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

pub use inspection::ObjectKind;
pub use progress::Completion;

pub(super) use open_channel::Webhook;
pub(super) use operation::is_administration;
pub(super) use organization::Organization;
pub(super) use permissions::Needs;

use http::Method;

use super::Inner;
use super::refusal::{Checked, Refusal};
use super::state::State;
use crate::http::{Answer, Call};
use desk::Desk;
use operation::Operation;

/// Every operation there is; of two paths that fit, the earlier one holds.
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

/// The permissions that a call of the administration API needs; none where there is no such call.
pub(super) fn needs(call: &Call) -> Needs {
    operation::find(OPERATIONS, &call.method, &call.segments())
        .map_or(Needs::Nothing, |(operation, _)| operation.needs)
}

impl Inner {
    /// Answers a call of the administration API and notes what it changed.
    pub(super) fn administer(&self, call: &Call, client: &str) -> Checked<Answer> {
        let segments = call.segments();
        let (operation, ids) = operation::find(OPERATIONS, &call.method, &segments)?;
        let mut state = self.state();
        let State { organization, tokens, .. } = &mut *state;
        organization.check(client, operation.needs)?;
        let mut desk = Desk { call, ids, client, options: &self.options, organization, tokens };
        let answer = (operation.run)(&mut desk)?;
        if call.method != Method::GET {
            organization.changes.push((call.method.to_string(), call.path.clone()));
        }
        Ok(answer)
    }

    /// Refuses a client whose roles do not allow a call.
    pub(super) fn check_permission(&self, client: &str, needs: Needs) -> Checked<()> {
        self.state().organization.check(client, needs)
    }
}

/// An object that is not there: to ask for one is no breach of the contract.
fn absent(what: &str, id: &str) -> Refusal {
    Refusal { is_violation: false, ..Refusal::not_found(&format!("{what} {id}")) }
}
