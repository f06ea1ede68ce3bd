//! The administration API of Genesys Cloud, as `bridge setup` and `bridge doctor` call it: the
//! login, calls that are retried if a retry does no harm, lists read to their end, objects found by
//! name.
//!
//! Only this module waits until Genesys Cloud has applied a change: `settling` has the times, and
//! `fresh` knows the objects made a moment ago.
//!
//! Rule: a failure names the call and what the operator can do about it. No failure contains a
//! secret.

mod administrator;
mod call_error;
mod client;
mod complete_object;
mod fresh;
mod grants;
mod hosts;
mod masked;
mod object;
mod pace;
mod paging;
mod patience;
mod permissions;
mod recipient;
mod removal;
pub mod settling;
mod topic;
mod wait;

pub use administrator::Administrator;
pub use call_error::{CallError, Problem, Refusal};
pub use client::Organization;
pub(crate) use complete_object::told_path;
pub use hosts::{Domain, Hosts};
pub use object::{EVENT_BRIDGE, EVENTS_KEY, Kind, Object, Timeline, WEBHOOK_SECRET, WEBHOOK_URL};
pub use pace::PlatformClock;
pub use permissions::{Part, administrator_role};
pub use topic::Topic;
pub use wait::Wait;
