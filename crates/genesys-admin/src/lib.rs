//! Has one job: to bring the objects of a Genesys Cloud organisation to what an integration of the
//! bridge needs. A table of resources says how each kind is found, judged, made, changed and removed;
//! one loop observes them, one decides and applies, one takes away.
//!
//! `bridge setup` applies what it says, and `bridge doctor` reports it. Arguments, questions and
//! printed lines are theirs: nothing here reads the environment or prints.
//!
//! Rules: what somebody else made is left alone. What is made is written down before and after, so
//! that a run that was cut off goes on where it stopped.

mod architect;
mod decision;
mod observe;
pub mod organization;
mod proof;
mod reconcile;
mod record;
mod removal;
mod resource;
mod rules;
pub mod table;
mod wanted;

#[cfg(test)]
#[path = "../../../tests/pages/mod.rs"]
mod pages;

pub use architect::is_published;
pub use decision::{Decision, Question};
pub use observe::{Found, Observed};
pub use reconcile::Work;
pub use record::{Kept, Phase, Record, Rotation, WrongRecord, write_privately};
pub use resource::Resource;
pub use wanted::{EventBridge, USUAL_MEDIA, Wanted, mark};
