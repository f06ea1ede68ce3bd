//! Brings the objects of a Genesys Cloud organisation to the state that an integration of the
//! bridge needs. A table of resources says how each kind is found, judged, made, changed and
//! removed. One loop observes the resources, one decides and applies, one removes.
//!
//! Rules: setup leaves objects that it did not make alone. It records each object before and after
//! making it, so that a run that was cut off can continue where it stopped. Nothing here reads the
//! environment or prints.
//!
//! Place: uses `shared` and `clients`. `bridge setup` applies the decisions, and `bridge doctor`
//! reports them; these commands own the arguments, the questions and the printed lines.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod architect;
mod branch;
mod branch_queues;
mod decision;
mod observe;
mod observed;
pub mod organization;
mod proof;
mod reconcile;
mod record;
mod removal;
mod resource;
mod rules;
mod run;
mod slot;
pub mod table;
mod terraform;
mod wanted;

#[cfg(test)]
#[path = "../../../tests/pages/mod.rs"]
mod pages;

pub use architect::is_published;
pub use branch::{Branch, WrongBranch};
pub use branch_queues::TooManyQueues;
pub use decision::{Decision, Question};
pub use observed::Observed;
pub use proof::Ownership;
pub use record::{Kept, Phase, Record, Rotation, WrongRecord, write_privately};
pub use resource::Resource;
pub use run::SetupRun;
pub use slot::Slot;
pub use terraform::Terraform;
pub use wanted::{EventBridge, USUAL_MEDIA, Wanted, mark};
