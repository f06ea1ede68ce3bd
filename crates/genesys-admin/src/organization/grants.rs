//! Roles that are granted, and the time until a grant is in effect.

use std::time::Duration;

use shared::time::Timestamp;

use super::settling::{AFTER_SHOWN, GRANT_SETTLES, GRANT_SHOWN};
use super::{CallError, Organization};

impl Organization {
    /// Whether a subject has a role; `None` if this client may not read it.
    pub(crate) async fn has_role(
        &self,
        subject: &str,
        role: &str,
    ) -> Result<Option<bool>, CallError> {
        match self.get(&format!("/api/v2/authorization/subjects/{subject}")).await {
            Ok(subject) => {
                let mut grants = subject.0["grants"].as_array().into_iter().flatten();
                Ok(Some(grants.any(|grant| grant["role"]["id"].as_str() == Some(role))))
            }
            Err(error) if error.is_status(403) || error.is_status(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits until a role that was granted a moment ago shows on the subject and has settled. A
    /// subject that uses the role earlier may be refused, and Genesys Cloud may remember the
    /// refusal. `least` is the least age of the grant.
    pub async fn grant_settles(
        &self,
        subject: &str,
        role: &str,
        given: Option<Timestamp>,
        least: Duration,
    ) -> Result<(), CallError> {
        let Some(given) = given.filter(|at| self.is_new(*at)) else { return Ok(()) };
        let clock = self.clock();
        let mut wait = self.wait("until the role shows on the OAuth client", GRANT_SHOWN);
        let mut pause = Duration::ZERO;
        let shows = loop {
            let shows = self.has_role(subject, role).await?;
            if shows != Some(false) || !wait.goes_on().await {
                break shows;
            }
            pause = AFTER_SHOWN;
        };
        // If the role cannot be seen, only waiting helps.
        let least = if shows == Some(true) { least } else { least.max(GRANT_SETTLES) };
        let left = least.saturating_sub(clock.now().elapsed_since(given)).max(pause);
        self.rest("until the grant of the role is valid everywhere", left).await;
        Ok(())
    }
}
