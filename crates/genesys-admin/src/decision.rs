//! The decisions that setup takes about a resource, and the questions it asks.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The resource is as wanted. With a remark, or an empty text.
    Exists(String),
    Create(String),
    /// The resource must be changed: what differs.
    Change(String),
    /// The resource is changed only if the operator agrees to this change by itself: what changes,
    /// and the question.
    NeedsYes(String, Question),
    Unwanted,
    /// Setup cannot do it: why, and what the operator can do.
    Blocked(String),
}

/// A question that the operator must answer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether to change the threading timeline of the whole organisation.
    Timeline,
    /// Whether to replace secrets that the configuration does not contain.
    Secrets,
}

impl Question {
    /// The command-line argument that answers yes.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Timeline => "--change-threading-timeline",
            Self::Secrets => "--renew-secrets",
        }
    }
}

impl Decision {
    pub fn exists() -> Self {
        Self::Exists(String::new())
    }

    /// Changes the resource if something differs.
    pub fn of(differences: &[(&str, bool)]) -> Self {
        let differing = differences.iter().filter(|(_, differs)| *differs);
        let words: Vec<&str> = differing.map(|(what, _)| *what).collect();
        if words.is_empty() { Self::exists() } else { Self::Change(words.join(", ")) }
    }

    /// Setup did not make the object.
    pub(crate) fn used_as_it_is() -> Self {
        Self::Exists("setup did not create it; it is used as it is".to_owned())
    }

    /// The object cannot be made, because an object that setup did not make has its name.
    pub(crate) fn blocked_by_another(name: &str) -> Self {
        Self::Blocked(format!("{name} exists, and setup did not create it: choose another --label"))
    }
}
