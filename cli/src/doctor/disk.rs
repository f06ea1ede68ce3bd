//! The database of `bridge serve`, and the disk that it lies on.

use std::path::Path;

use super::check::Check;
use super::finding::Finding;
use crate::operator::place::Place;

/// Less is too little to be looked at later, in bytes.
const ENOUGH: u64 = 1024 * 1024 * 1024;
/// With less, the bridge soon refuses what it cannot store, in bytes.
const TOO_LITTLE: u64 = 64 * 1024 * 1024;

/// Whether the database can be read.
pub fn database(place: &Result<Place, String>, directory: &Path) -> Finding {
    let check = Check::Database;
    match place {
        Ok(_) => Finding::ok(check, format!("{} can be read", directory.display())),
        Err(why) => Finding::fail(
            check,
            why.clone(),
            "start `bridge serve` once, or run this as the user that the bridge runs as",
        ),
    }
}

/// Whether the disk has room.
pub fn space(directory: &Path) -> Finding {
    let free = rustix::fs::statvfs(directory)
        .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
        .map_err(|error| error.to_string());
    judge(&directory.display().to_string(), free)
}

fn judge(directory: &str, free: Result<u64, String>) -> Finding {
    let check = Check::DiskSpace;
    let action = "make room, or move dataDir to a larger disk";
    let free = match free {
        Ok(free) => free,
        Err(why) => {
            let reason = format!("the disk of {directory} does not tell: {why}");
            return Finding::warn(check, reason, "see with df");
        }
    };
    let reason = format!("{} MB free at {directory}", free / (1024 * 1024));
    match free {
        ENOUGH.. => Finding::ok(check, reason),
        TOO_LITTLE.. => Finding::warn(check, reason, action),
        _ => Finding::fail(check, reason, action),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn little_room_is_said_before_there_is_none() {
        let of = |free| judge("/data", Ok(free)).outcome;
        assert_eq!(of(ENOUGH), Outcome::Ok);
        assert_eq!(of(ENOUGH - 1), Outcome::Warn);
        assert_eq!(of(TOO_LITTLE - 1), Outcome::Fail);
        assert_eq!(judge("/data", Ok(0)).reason, "0 MB free at /data");
    }
}
