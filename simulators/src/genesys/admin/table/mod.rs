//! The table: a row for each kind of object, each in a file of its own.

mod clients;
mod credentials;
mod data_actions;
mod divisions;
mod external_sources;
mod flow_jobs;
mod flows;
mod integrations;
mod messaging_settings;
mod open_integrations;
mod queues;
mod recipients;
mod roles;
mod supported_content;
mod triggers;

use super::inspection::ObjectKind;
use super::kind::Kind;

pub(super) use clients::with_roles;
pub(super) use flow_jobs::Job;
pub(super) use open_integrations::SECRET;
pub(super) use queues::{IDLE, blank as blank_queue};
pub(super) use recipients::MESSAGE_FLOW;

/// In the order of [`ObjectKind`].
pub(super) static KINDS: [Kind; 15] = [
    divisions::ROW,
    roles::ROW,
    clients::ROW,
    supported_content::ROW,
    messaging_settings::ROW,
    open_integrations::ROW,
    recipients::ROW,
    queues::ROW,
    flows::ROW,
    flow_jobs::ROW,
    integrations::ROW,
    credentials::ROW,
    data_actions::ROW,
    triggers::ROW,
    external_sources::ROW,
];

impl ObjectKind {
    pub(super) fn row(self) -> &'static Kind {
        &KINDS[self as usize]
    }

    /// The name of one object in messages.
    pub(super) fn word(self) -> &'static str {
        self.row().word
    }

    /// The address of an object.
    pub(super) fn address(self, id: &str) -> String {
        format!("/api/v2{}/{id}", self.row().path)
    }
}

/// The functions that every row uses.
mod prelude {
    pub(super) use super::super::super::fields::Fields;
    pub(super) use super::super::super::refusal::{Checked, Refusal};
    pub(super) use super::super::call_context::{CallContext, ECHOED};
    pub(super) use super::super::inspection::ObjectKind;
    pub(super) use super::super::kind::{Kind, Paging, Rights, needs, rights};
    pub(super) use super::super::operation::Operation;
    pub(super) use super::super::organization::{Organization, text, text_at};
    pub(super) use super::super::permissions::Needs;
    pub(super) use super::super::shape::{
        self, Field, Rule, ignored, needed, needed_in_whole, optional,
    };
    pub(super) use crate::http::Answer;
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn each_row_stands_at_the_place_of_its_kind() {
        for (place, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.object as usize, place);
        }
    }
}
