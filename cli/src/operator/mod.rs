//! The operator's inspection and repair: status, conversations and dead letters, of a deployed
//! stack or of a data directory.
//!
//! Rule: contacts and contents are shown only by an explicit option.

pub mod conversations;
pub mod dead_letters;
pub mod event_name;
pub mod installation;
pub mod recorded;
pub mod status;
pub mod table;
pub mod waiting;

use anyhow::anyhow;
use shared::ids::IntegrationName;

use crate::failure;

/// Reads the name of an integration from the arguments.
pub fn integration(name: &str) -> anyhow::Result<IntegrationName> {
    if IntegrationName::is_valid(name) {
        return Ok(IntegrationName::new(name));
    }
    Err(failure::misconfigured(anyhow!(
        "--integration {name}: a name has 1 to 64 of A-Z a-z 0-9 - _"
    )))
}
