//! The database of `bridge serve`, and the free space on its disk.

use std::path::Path;

use sqlite::OpenError;

use super::{Check, Finding, Observation, Unavailable};
use crate::failure;
use crate::operator::installation::Installation;

/// Below this many bytes, the disk needs attention.
const ENOUGH: u64 = 1024 * 1024 * 1024;
/// Below this many bytes, the bridge will soon refuse events.
const TOO_LITTLE: u64 = 64 * 1024 * 1024;

pub fn database(installation: &Observation<Installation>, directory: &Path) -> Finding {
    let check = Check::Database;
    match installation {
        Ok(_) => check.ok(format!("{} can be read", directory.display())),
        Err(unavailable) => unavailable.failure(check),
    }
}

/// The part of the data that can be read: not a database that is damaged inside.
pub async fn whole(visitor: Installation, directory: &Path) -> Observation<Installation> {
    let Installation::Directory(found) = &visitor else { return Ok(visitor) };
    match found.damage().await {
        Ok(Some(said)) => Err(damaged(&directory.join("bridge.db"), said.trim())),
        // A file that cannot be read now is reported by the check that needs it.
        Ok(None) | Err(_) => Ok(visitor),
    }
}

fn damaged(path: &Path, said: &str) -> Unavailable {
    Unavailable::new(
        format!("the database {} is damaged: {said}", path.display()),
        "stop the bridge, put dataDir aside, and restore the last backup (docs/RUNBOOK.md, On one machine)",
    )
}

/// Why a database cannot be opened, and what to do about that cause.
pub fn unopened(error: &anyhow::Error) -> Unavailable {
    let why = failure::words(error);
    match error.downcast_ref::<OpenError>() {
        Some(OpenError::Absent { path }) => Unavailable::new(
            format!("there is no database {}", path.display()),
            "start `bridge serve` once, or correct dataDir",
        ),
        Some(OpenError::Forbidden { path }) => Unavailable::new(
            format!("{} cannot be opened: Permission denied", path.display()),
            "run this as the user that the bridge runs as",
        ),
        Some(OpenError::Damaged { path, source }) => damaged(path, &source.to_string()),
        Some(OpenError::NewerSchema { .. }) => {
            Unavailable::new(why, "use the version of `bridge` that serves")
        }
        Some(OpenError::Unfinished { .. }) => {
            Unavailable::new(why, "run the same `bridge restore` again")
        }
        _ => Unavailable::new(
            why,
            "run this on the bridge's machine, as the user that the bridge runs as",
        ),
    }
}

pub fn space(directory: &Path) -> Finding {
    let free = rustix::fs::statvfs(directory)
        .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
        .map_err(|error| error.to_string());
    assess(&directory.display().to_string(), free)
}

fn assess(directory: &str, free: Result<u64, String>) -> Finding {
    let check = Check::DiskSpace;
    let action = "make room, or move dataDir to a larger disk";
    let free = match free {
        Ok(free) => free,
        Err(why) => {
            let reason = format!("the free space at {directory} cannot be read: {why}");
            return check.warn(reason, "see with df");
        }
    };
    let reason = format!("{} MB free at {directory}", free / (1024 * 1024));
    match free {
        ENOUGH.. => check.ok(reason),
        TOO_LITTLE.. => check.warn(reason, action),
        _ => check.fail(reason, action),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn little_room_is_said_before_there_is_none() {
        let of = |free| assess("/data", Ok(free)).outcome;
        assert_eq!(of(ENOUGH), Outcome::Ok);
        assert_eq!(of(ENOUGH - 1), Outcome::Warn);
        assert_eq!(of(TOO_LITTLE - 1), Outcome::Fail);
        assert_eq!(assess("/data", Ok(0)).reason, "0 MB free at /data");
    }
}
