//! What may become of a resource, and what is asked.

/// What is done for one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: it is as wanted. What there is to say about it.
    Exists(String),
    Create(String),
    /// It is changed. What is different.
    Change(String),
    /// It is changed if somebody says yes to it alone. What, and the argument that says so.
    NeedsYes(String, Question),
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

impl Decision {
    /// It is as wanted.
    pub fn exists() -> Self {
        Self::Exists(String::new())
    }

    /// It is changed where something differs.
    pub fn of(differences: &[(&str, bool)]) -> Self {
        let differing = differences.iter().filter(|(_, differs)| *differs);
        let words: Vec<&str> = differing.map(|(what, _)| *what).collect();
        if words.is_empty() { Self::exists() } else { Self::Change(words.join(", ")) }
    }

    /// Somebody else made it.
    pub fn used_as_it_is() -> Self {
        Self::Exists("setup did not create it; it is used as it is".to_owned())
    }

    /// It cannot be made: somebody else has taken its name.
    pub fn blocked_by_another(name: &str) -> Self {
        Self::Blocked(format!("{name} exists, and setup did not create it: choose another --label"))
    }
}
