//! What makes the administration of the real platform inconvenient, each habit by itself. The figures are what Genesys'
//! own tools wait for (the Terraform provider, the premium-app wizard); Genesys documents almost none of them.
//!
//! How a test of `setup`, `rotate`, `remove` or `doctor` uses it:
//!
//! ```
//! use simulators::{GenesysOptions, PlatformHabits};
//!
//! // Every lag and refusal on, each lag a few hundred milliseconds; flow jobs and integrations take their time, too.
//! let options = GenesysOptions { provisioned: false, ..GenesysOptions::as_the_platform() };
//! assert_ne!(options.habits, PlatformHabits::none());
//! // One habit alone, or longer than usual:
//! let habits = PlatformHabits {
//!     reads_lag: std::time::Duration::from_secs(2),
//!     ..PlatformHabits::none()
//! };
//! let options = GenesysOptions { habits, ..GenesysOptions::default() };
//! ```
//!
//! `GenesysSimulator::set_habits` changes them while it runs: what is on its way is judged by the new ones.
//! None of the refusals that come from a lag is a violation; a client that waits and repeats is right.

use std::time::Duration;

/// Each lag as [`PlatformHabits::as_the_platform`] has it: short, so that tests are.
const SHORT: Duration = Duration::from_millis(300);

/// How long the platform keeps an OAuth client that was deleted.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The habits of the platform. A time of zero switches its habit off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformHabits {
    /// An OAuth client whose state is `active` cannot be deleted (400): first a PUT of the whole client with
    /// `state: inactive`.
    pub active_clients_stay: bool,
    /// How long a deleted OAuth client is still listed and read, as `inactive` and with `dateToDelete`. Really: 7 days,
    /// for clients older than 30 days. To delete it again is answered 404, which is this simulator's choice.
    pub deleted_clients_linger: Duration,
    /// How long it takes until a granted role is effective and shown, for the subject as for a client's
    /// `roleDivisions`. Really: the provider waits 10 s.
    pub grants_take: Duration,
    /// How long a token goes on being refused (403) that was refused while a grant of its client was on its way, even
    /// when that grant has become effective; another token of the client is not. Really: "could cause bad data to
    /// cache", for an unknown time.
    pub refusals_are_cached: Duration,
    /// How long after its creation an object is not found (404), neither read nor changed nor deleted, and a body that
    /// names it is refused (400). Really: up to some seconds; the provider repeats for minutes. Flow jobs do not lag.
    pub reads_lag: Duration,
    /// How long lists lack what was created, show what was deleted, and show what was changed as it was before.
    /// Really: the provider sleeps 5 s before it lists queues.
    pub lists_lag: Duration,
    /// How long GET by id answers 200 for what was deleted, and how long what that named cannot be deleted (409): the
    /// setting and the content of an Open Messaging integration, the credential of an integration of web services, the
    /// workflow of a trigger. To delete it again is answered 404. Really: up to 180 s for Open Messaging, 30 s
    /// elsewhere.
    pub deletions_take: Duration,
    /// How long a flow, or anything else that was named by an object and no longer is, cannot be deleted (409).
    /// Really: the provider repeats for 30 s.
    pub detachments_take: Duration,
    /// How long a new object cannot be built on (400): a data action on an integration that was just created or
    /// enabled, a trigger on a workflow that was just published, an integration on a credential that was just created.
    /// Really: the wizard waits 3 s, the provider repeats on 400.
    pub activations_take: Duration,
    /// A queue that has members, or that a flow hands over to, is deleted with `forceDelete=true` only (409).
    pub queues_need_force: bool,
    /// Lists of OAuth clients and of triggers ignore `pageNumber`, that of clients `pageSize`, too: `nextUri` says where
    /// the next page is.
    pub pages_by_next_uri: bool,
    /// Every call of the administration is checked against the newest model of Genesys' own SDKs, as those of messages
    /// always are: an unknown path, query parameter or field, a missing required field, a value that is not allowed, a
    /// deprecated operation is a violation and answered 400.
    pub checks_requests: bool,
}

impl PlatformHabits {
    /// None of them: everything happens at once.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those that let nobody wait.
    pub fn without_lags() -> Self {
        Self {
            active_clients_stay: true,
            deleted_clients_linger: WEEK,
            queues_need_force: true,
            pages_by_next_uri: true,
            checks_requests: true,
            ..Self::none()
        }
    }

    /// All of them, each lag some hundred milliseconds.
    pub fn as_the_platform() -> Self {
        Self::with_lags_of(SHORT)
    }

    /// All of them, with lags of this length; lists, activations and deletions lag twice as long as reads.
    pub fn with_lags_of(lag: Duration) -> Self {
        Self {
            deleted_clients_linger: lag.saturating_mul(100),
            grants_take: lag,
            refusals_are_cached: lag.saturating_mul(4),
            reads_lag: lag,
            lists_lag: lag.saturating_mul(2),
            deletions_take: lag.saturating_mul(2),
            detachments_take: lag,
            activations_take: lag.saturating_mul(2),
            ..Self::without_lags()
        }
    }

    /// Whether what happens to objects has to be remembered.
    pub(super) fn remembers(&self) -> bool {
        let lags = [
            self.deleted_clients_linger,
            self.reads_lag,
            self.lists_lag,
            self.deletions_take,
            self.detachments_take,
            self.activations_take,
        ];
        lags.iter().any(|lag| !lag.is_zero())
    }
}
