//! The habits that make the administration of the real platform inconvenient. Each can be switched
//! on separately. The figures are the waiting times of Genesys' own tools (the Terraform provider,
//! the premium-app wizard); Genesys documents almost none of them.
//!
//! How a test of `setup`, `rotate`, `remove` or `doctor` uses them:
//!
//! ```
//! use simulators::{GenesysOptions, PlatformHabits};
//!
//! // Every lag and refusal on, each lag a few hundred milliseconds; flow jobs and integrations
//! // take their time, too.
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
//! `GenesysSimulator::set_habits` changes the habits at run time; the new habits apply to pending
//! effects too. A refusal that comes from a lag is not a violation: a client that waits and repeats
//! behaves correctly.

use std::time::Duration;

/// Each lag of [`PlatformHabits::as_the_platform`]: short, so that tests are short.
const SHORT: Duration = Duration::from_millis(300);

/// How long the platform keeps a deleted OAuth client.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The habits of the platform. A time of zero switches its habit off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformHabits {
    /// An OAuth client whose state is `active` cannot be deleted (400): the client must first be
    /// changed by a PUT of the whole object with `state: inactive`.
    pub active_clients_stay: bool,
    /// How long a deleted OAuth client is still listed and read, as `inactive` and with
    /// `dateToDelete`. Real platform: 7 days, for clients older than 30 days. A second deletion is
    /// answered 404, which is this simulator's choice.
    pub deleted_clients_linger: Duration,
    /// How long it takes until a granted role is effective and shown, both for the subject and in a
    /// client's `roleDivisions`. Real platform: the provider waits 10 s.
    pub grants_take: Duration,
    /// How long a token is still refused (403) after it was refused while a grant of its client was
    /// pending, even when that grant has become effective. Other tokens of the client are not
    /// refused. Real platform: "could cause bad data to cache", for an unknown time.
    pub refusals_are_cached: Duration,
    /// How long after its creation an object is not found (404) when it is read, changed or
    /// deleted, and a body that names it is refused (400). Real platform: up to some seconds; the
    /// provider repeats for minutes. Flow jobs do not lag.
    pub reads_lag: Duration,
    /// How long lists omit a created object, still show a deleted object, and show a changed object
    /// in its old form. Real platform: the provider sleeps 5 s before it lists queues.
    pub lists_lag: Duration,
    /// How long GET by id answers 200 for a deleted object, and how long the objects that it named
    /// cannot be deleted (409): the setting and the content of an Open Messaging integration, the
    /// credential of an integration of web services, the workflow of a trigger. A second deletion
    /// is answered 404. Real platform: up to 180 s for Open Messaging, 30 s elsewhere.
    pub deletions_take: Duration,
    /// How long a flow, or any other object that another object named before, cannot be deleted
    /// (409). Real platform: the provider repeats for 30 s.
    pub detachments_take: Duration,
    /// How long other objects cannot use a new object (400): a data action a just created or
    /// enabled integration, a trigger a just published workflow, an integration a just created
    /// credential. Real platform: the wizard waits 3 s, the provider repeats on 400.
    pub activations_take: Duration,
    /// A queue that has members, or that is the target of a flow, can only be deleted with
    /// `forceDelete=true` (409).
    pub queues_need_force: bool,
    /// Lists of OAuth clients and of triggers ignore `pageNumber`, and that of clients also ignores
    /// `pageSize`: `nextUri` gives the next page.
    pub pages_by_next_uri: bool,
    /// Every call of the administration API is checked against the newest model of Genesys' own
    /// SDKs, as calls for messages always are. An unknown path, query parameter or field, a missing
    /// required field, a value that is not allowed, or a deprecated operation is a violation and
    /// answered 400.
    pub checks_requests: bool,
}

impl PlatformHabits {
    /// No habits: everything happens at once.
    pub fn none() -> Self {
        Self::default()
    }

    /// The habits without waiting times.
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

    /// All habits, each lag some hundred milliseconds.
    pub fn as_the_platform() -> Self {
        Self::with_lags_of(SHORT)
    }

    /// All habits, with lags of this length. Lists, activations and deletions lag twice as long as
    /// reads.
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

    /// Whether changes of objects must be remembered.
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
