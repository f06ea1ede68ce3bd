//! The administration API of Genesys Cloud, as `bridge setup` and `bridge doctor` call it: a login, calls that are patient where
//! that does no harm, lists read to their end, objects found by name.
//!
//! What Genesys Cloud takes its time with is waited for here and nowhere else: `settling` has the times, `fresh` knows what was made a
//! moment ago.
//!
//! Rule: a failure names the call, and what may be done about it; no secret appears in one.

mod administrator;
mod call_error;
mod client;
mod fresh;
mod grants;
mod hosts;
mod masked;
mod object;
mod pace;
mod paging;
mod patience;
#[cfg(test)]
mod permissions;
mod recipient;
mod removal;
pub mod settling;
mod topic;
mod wait;
mod whole;

pub use administrator::Administrator;
pub use call_error::{CallError, Problem, Refusal};
pub use client::Organization;
pub use hosts::{Domain, Hosts};
pub use object::{EVENT_BRIDGE, EVENTS_KEY, Kind, Object, Timeline, WEBHOOK_SECRET, WEBHOOK_URL};
pub use pace::PlatformClock;
pub use topic::Topic;
pub use wait::{Wait, since};
pub use whole::told_path;
