//! What may become of a step, what is asked, and what the decision is made from besides the organisation.

use std::collections::BTreeMap;

use super::record::Made;
use super::step::Step;

/// What is done for one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: it is as wanted. What there is to say about it.
    Exists(String),
    /// It is made.
    Create(String),
    /// It is changed. What is different.
    Change(String),
    /// It is changed if somebody says yes to it alone. What, and the argument that says so.
    NeedsYes(String, Question),
    /// It is not asked for.
    Unwanted,
    /// It cannot be done. Why, and what to do.
    Blocked(String),
}

/// What is asked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the threading timeline of the whole organisation is changed.
    Timeline,
    /// Whether secrets that are not known here are replaced.
    Secrets,
}

impl Question {
    /// The argument that answers it.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Timeline => "--change-threading-timeline",
            Self::Secrets => "--renew-secrets",
        }
    }
}

/// What was said yes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consent {
    /// To another threading timeline for the whole organisation.
    pub timeline: bool,
    /// To new secrets in place of unknown ones.
    pub secrets: bool,
}

impl Consent {
    /// Whether yes was said to this.
    pub fn to(self, question: Question) -> bool {
        match question {
            Question::Timeline => self.timeline,
            Question::Secrets => self.secrets,
        }
    }
}

/// What is known from the record or the configuration: secrets, and what was published.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// The secrets that may sign webhooks.
    pub webhook: Vec<&'a str>,
    /// The OAuth clients whose secret is known.
    pub clients: Vec<&'a str>,
    /// The key that workflows post events with.
    pub events_key: Option<&'a str>,
    /// What was made; none when there is no record.
    pub made: Option<&'a BTreeMap<Step, Made>>,
    /// Whether the OAuth client may have been made by a run that was cut off before it knew the secret.
    pub cut_off: bool,
}

impl Known<'_> {
    /// What the object of a step was last published from.
    pub fn fingerprint(&self, step: Step) -> Option<&str> {
        self.made?.get(&step)?.fingerprint.as_deref()
    }
}
