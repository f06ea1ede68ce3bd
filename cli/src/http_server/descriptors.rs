//! How many connections fit into the limit of open files: each connection is one, a copy that it
//! gets is another, and the bridge's own work needs some too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::limits::{CONNECTIONS, FILES_EACH, OTHER_FILES};

/// Raises the limit of open files as far as allowed, and returns the number of connections that
/// fit.
pub(super) fn connections() -> usize {
    let wanted = u64::try_from(CONNECTIONS * FILES_EACH + OTHER_FILES).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let reached = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if limit.current.is_some_and(|current| current < reached) {
        let raised = Rlimit { current: Some(reached), maximum: limit.maximum };
        // If this fails, the limit stays as it was, and is read below.
        let _ = setrlimit(Resource::Nofile, raised);
    }
    fitting(getrlimit(Resource::Nofile).current)
}

fn fitting(files: Option<u64>) -> usize {
    let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    (files.saturating_sub(OTHER_FILES) / FILES_EACH).clamp(1, CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_keeps_files_for_itself() {
        assert_eq!(fitting(None), CONNECTIONS);
        assert_eq!(fitting(Some(1024)), 384);
        assert_eq!(fitting(Some(4096)), 1920);
        assert_eq!(fitting(Some(100)), 1);
        assert_eq!(fitting(Some(1_000_000)), CONNECTIONS);
    }
}
