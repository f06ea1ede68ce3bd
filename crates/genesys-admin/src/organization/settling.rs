//! How long Genesys Cloud takes until what was done is so everywhere. These are the times of the vendor's own tools: the Terraform
//! provider and the wizard of the premium app.

use std::time::Duration;

use super::Kind;

/// Until a new object answers by its id, and stands in its list.
pub const SHOWN: Duration = Duration::from_secs(30);
/// Until what was made or switched on can be used by what is made next; before, that is refused.
pub const ACTIVE: Duration = Duration::from_secs(60);
/// Until a role that was given shows on who has it.
pub const GRANT_SHOWN: Duration = Duration::from_secs(120);
/// How old a grant must be before the role is handed on or used: used earlier, wrong permissions may be remembered.
pub const GRANT_SETTLES: Duration = Duration::from_secs(10);
/// The least pause after a role shows.
pub const AFTER_SHOWN: Duration = Duration::from_secs(3);
/// Until an Open Messaging integration is made.
pub const CREATED: Duration = Duration::from_secs(600);
/// Until a flow is published: 16 minutes, and one more.
pub const FLOW_JOB: Duration = Duration::from_secs(17 * 60);

/// How an object of a kind goes away.
#[derive(Clone, Copy, Debug)]
pub struct Leaving {
    /// For how long a deletion may be refused, since something else still uses the object.
    pub refused: Duration,
    /// For how long the object may still answer after it was deleted; zero where that says nothing.
    pub answers: Duration,
    /// The pause before what it used can be deleted.
    pub rest: Duration,
    /// Whether what it used stays in use while it answers.
    pub holds: bool,
}

impl Kind {
    /// How its objects go away.
    pub fn leaving(self) -> Leaving {
        let usual = Leaving {
            refused: Duration::from_secs(60),
            answers: Duration::from_secs(30),
            rest: Duration::ZERO,
            holds: false,
        };
        match self {
            // Its setting and its content are held until it answers 404: up to 180 s.
            Self::OpenIntegration => {
                Leaving { answers: Duration::from_secs(200), holds: true, ..usual }
            }
            // Its credential can be deleted 3 s later.
            Self::Integration => Leaving { rest: Duration::from_secs(3), ..usual },
            // One that is older than 30 days answers for 7 more, deactivated.
            Self::OAuthClient => Leaving { answers: Duration::ZERO, ..usual },
            _ => usual,
        }
    }
}
