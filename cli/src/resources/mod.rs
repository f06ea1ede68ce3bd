//! The model of an organisation: a table of resources, and one loop that observes, decides and
//! applies. `bridge setup` makes, renews and removes with it; `bridge doctor` judges by it.
//!
//! Rules: one kind of resource is in one file of `table`: how it is found, when it differs, how it
//! is made, changed and removed. What somebody else made is left alone. What is made is written
//! down before and after, so that a run that was cut off goes on where it stopped.

pub mod architect;
pub mod decision;
pub mod observe;
mod proof;
pub mod reconcile;
pub mod record;
mod removal;
pub mod resource;
pub mod table;
pub mod wanted;
