//! The templates of an integration towards Lynn.

use shared::config::{SendConfig, TemplateEntry};

use crate::entry::Entry;
use crate::fault::{Faults, below};

/// The entry for campaigns.
pub const PROACTIVE: &str = "proactive";
/// The entry for every type of event without one of its own.
const REST: &str = "*";

/// The compiled templates of an integration.
pub struct Templates {
    entries: Vec<(String, Entry)>,
}

/// The compiled templates of a configuration, if it has any. They are kept with the configuration.
pub fn outbound(config: &SendConfig) -> Option<&Templates> {
    let entries = &config.lynn.templates;
    if entries.is_empty() {
        return None;
    }
    config.lynn.compiled.get(|| Templates::compile(entries.iter()))
}

impl Templates {
    fn compile<'a>(entries: impl Iterator<Item = (&'a String, &'a TemplateEntry)>) -> Self {
        let compiled = entries.map(|(name, entry)| {
            let known: &[&str] = match name.as_str() {
                PROACTIVE => &["event", "campaign"],
                _ => &["event"],
            };
            (name.clone(), Entry::compile(entry, below("/templates", name), known))
        });
        Self { entries: compiled.collect() }
    }

    /// The entry for events of a type.
    pub fn of_type(&self, kind: &str) -> Option<&Entry> {
        self.named(kind).or_else(|| self.named(REST))
    }

    /// The entry for campaigns, which the entry for the rest does not cover: it would post a
    /// campaign to the place of events.
    pub fn proactive(&self) -> Option<&Entry> {
        self.named(PROACTIVE)
    }

    /// Whether events of a type have an entry of their own.
    pub fn names(&self, kind: &str) -> bool {
        self.named(kind).is_some()
    }

    /// Everything that cannot be compiled.
    pub fn faults(&self) -> Faults {
        let faults = self.entries.iter().flat_map(|(_, entry)| entry.faults().0.clone());
        Faults(faults.collect())
    }

    fn named(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
    }
}
