//! The administration API: the objects of an organisation, and the permissions to read and change
//! them. `table` has a row for each kind of object, and `kind` the machinery that all rows share.
//! The operations that are not those of an object have files of their own.

mod about;
mod call_context;
mod dependencies;
mod flow_expression;
mod flow_source;
mod grants;
mod habits;
mod inspection;
mod kind;
mod lag;
mod message_flow;
mod open_channel;
mod operation;
mod organization;
mod paging;
mod permissions;
mod progress;
mod seed;
mod shape;
mod table;
mod timeline;
mod triggered;
mod workflow_call;
mod workflows;

pub use habits::PlatformHabits;
pub use inspection::ObjectKind;
pub use progress::Completion;
pub use workflows::{EVENT_TOPICS, workflow_that_posts};

pub(super) use message_flow::Attributes;
pub(super) use open_channel::Webhook;
pub(super) use operation::is_administration;
pub(super) use organization::Organization;
pub(super) use permissions::Needs;

use std::sync::LazyLock;

use http::Method;

use super::Inner;
use super::lifecycle::Conversation;
use super::login::Caller;
use super::refusal::{Checked, Refusal};
use super::state::State;
use crate::http::{Answer, Call};
use call_context::CallContext;
use operation::{Operation, Run};

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let others =
        [grants::OPERATIONS, dependencies::OPERATIONS, timeline::OPERATIONS, about::OPERATIONS];
    let of_kinds = table::KINDS.iter().flat_map(kind::Kind::operations);
    of_kinds.chain(others.concat()).collect()
});

/// The permissions that a call of the administration API needs; [`Needs::Nothing`] for an unknown
/// call.
pub(super) fn needs(call: &Call) -> Needs {
    operation::find(&OPERATIONS, &call.method, &call.segments())
        .map_or(Needs::Nothing, |(operation, _)| operation.needs)
}

impl Inner {
    /// Answers a call of the administration API and records its changes.
    pub(super) fn administer(&self, call: &Call, caller: &Caller) -> Checked<Answer> {
        let segments = call.segments();
        let (operation, ids) = operation::find(&OPERATIONS, &call.method, &segments)?;
        let mut state = self.state();
        let State { organization, tokens, conversations, .. } = &mut *state;
        organization.waiting.clear();
        for queue in conversations.values().filter_map(Conversation::queue) {
            *organization.waiting.entry(queue.to_owned()).or_default() += 1;
        }
        let before = organization.habits.remembers().then(|| organization.objects.clone());
        let mut context =
            CallContext { call, ids, caller, options: &self.options, organization, tokens };
        let answer = work(&mut context, operation);
        if context.organization.check(caller, operation.needs).is_ok() {
            context.organization.note_needed(caller, operation.needs);
        }
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
fn work(context: &mut CallContext<'_>, operation: &Operation) -> Checked<Answer> {
    context.organization.check(context.caller, operation.needs)?;
    lag::check_seen(context)?;
    match operation.run {
        Run::Own(run) => run(context),
        Run::Of(kind, run) => run(context, kind),
    }
}

/// A missing object. Asking for it does not breach the contract.
fn absent(what: &str, id: &str) -> Refusal {
    Refusal { is_violation: false, ..Refusal::not_found(&format!("{what} {id}")) }
}
