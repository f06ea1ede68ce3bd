//! Typing in both directions.

use super::*;

pub struct MessagingSetting;

impl Rules for MessagingSetting {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Role
    }

    fn counts(&self, object: &Object, run: &SetupRun<'_>) -> bool {
        is_under_our_name(Resource::MessagingSetting, object, run)
    }

    fn differs(&self, found: &Object, _: &SetupRun<'_>) -> Decision {
        Decision::of(&[("typing is off", !silent(found).is_empty())])
    }

    /// `POST /conversations/messaging/settings`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        let on = json!({ "inbound": "Enabled", "outbound": "Enabled" });
        json!({ "name": run.wanted.label, "event": { "typing": { "on": on } } })
    }
}

/// The directions in which a setting does not show typing.
pub fn silent(setting: &Object) -> Vec<&'static str> {
    let is_on = |way: &str| setting.text(&format!("/event/typing/on/{way}"));
    let is_off = |way: &&str| !is_on(way).eq_ignore_ascii_case("enabled");
    DIRECTIONS.into_iter().filter(is_off).collect()
}
