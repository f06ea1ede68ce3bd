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

mod architect;
mod branch;
mod decision;
mod observe;
pub mod organization;
mod proof;
mod reconcile;
mod record;
mod removal;
mod resource;
mod rules;
mod slot;
pub mod table;
mod terraform;
mod wanted;

#[cfg(test)]
#[path = "../../../tests/pages/mod.rs"]
mod pages;

pub use architect::is_published;
pub use branch::{Branch, WrongBranch};
pub use decision::{Decision, Question};
pub use observe::{Observed, Ownership};
pub use reconcile::SetupRun;
pub use record::{Kept, Phase, Record, Rotation, WrongRecord, write_privately};
pub use resource::Resource;
pub use slot::{Slot, TooManyQueues};
pub use terraform::Terraform;
pub use wanted::{EventBridge, USUAL_MEDIA, Wanted, mark};
