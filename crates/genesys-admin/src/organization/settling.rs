//! How long Genesys Cloud takes until a change is in effect everywhere. Source: the vendor's own
//! tools, the Terraform provider and the wizard of the premium app.

use std::time::Duration;

use super::Kind;

/// Until a new object answers by its id and appears in its list.
pub const SHOWN: Duration = Duration::from_secs(30);
/// Until an object that was made or switched on can be used by the next one; earlier use is
/// refused.
pub const ACTIVE: Duration = Duration::from_secs(60);
/// Until a granted role shows on its subject.
pub(crate) const GRANT_SHOWN: Duration = Duration::from_secs(120);
/// The least age of a grant before the role is handed on or used. If it is used earlier, Genesys
/// Cloud may remember wrong permissions.
pub const GRANT_SETTLES: Duration = Duration::from_secs(10);
/// The least pause after a role shows.
pub const AFTER_SHOWN: Duration = Duration::from_secs(3);
/// Until an Open Messaging integration is created.
pub(crate) const CREATED: Duration = Duration::from_secs(600);
/// Until a flow is published: 16 minutes, and one more.
pub(crate) const FLOW_JOB: Duration = Duration::from_secs(17 * 60);

/// How objects of a kind disappear after their deletion.
#[derive(Clone, Copy, Debug)]
pub struct Leaving {
    /// For how long a deletion may be refused because another object still uses this one.
    pub refused: Duration,
    /// For how long a deleted object may still answer; zero if its answers do not matter.
    pub answers: Duration,
    /// The pause before the objects that it used can be deleted.
    pub rest: Duration,
    /// Whether the objects that it used stay in use while it answers.
    pub holds: bool,
}

impl Kind {
    pub fn leaving(self) -> Leaving {
        let usual = Leaving {
            refused: Duration::from_secs(60),
            answers: Duration::from_secs(30),
            rest: Duration::ZERO,
            holds: false,
        };
        match self {
            // Its setting and its content stay in use until it answers 404: up to 180 s.
            Self::OpenIntegration => {
                Leaving { answers: Duration::from_secs(200), holds: true, ..usual }
            }
            // Its credential can be deleted 3 s later.
            Self::Integration => Leaving { rest: Duration::from_secs(3), ..usual },
            // A client older than 30 days answers for 7 more days, deactivated.
            Self::OAuthClient => Leaving { answers: Duration::ZERO, ..usual },
            _ => usual,
        }
    }
}
