//! Checks beforehand whether the configuration will be valid; values that Genesys Cloud gives only
//! later have placeholders.

use anyhow::anyhow;
use serde_json::Value;
use shared::config::ConfigError;

use super::arguments::ApplyArguments;
use super::configuration::{self, Facts};
use super::target::Target;
use crate::failure;

/// The options and variables from which keys of the configuration come.
const SOURCES: [(&str, &str); 11] = [
    ("lynn.webhookUrl", "--lynn-webhook-url"),
    ("lynn.signingSecret", "LYNN_SIGNING_SECRET"),
    ("lynn.auth", "what goes with --lynn-auth"),
    ("lynn.auth.name", "--lynn-header"),
    ("lynn.auth.value", "LYNN_HEADER_VALUE"),
    ("lynn.auth.token", "LYNN_TOKEN"),
    ("lynn.auth.username", "--lynn-username"),
    ("lynn.auth.password", "LYNN_PASSWORD"),
    ("lynn.auth.endpoint", "--lynn-token-endpoint"),
    ("lynn.onSessionEnded", "--on-session-ended"),
    ("genesys.domain", "--domain"),
];

/// Refuses what would make the configuration invalid in the end.
pub fn check(
    arguments: &ApplyArguments,
    target: &Target,
    configured: Option<&Value>,
    lynn: &Value,
    webhook_url: &str,
) -> anyhow::Result<()> {
    let hosts = arguments.hosts()?;
    let mut facts = Facts::told(&arguments.name, &hosts, lynn.clone());
    let known = configured.and_then(|entry| entry.pointer("/genesys/integrationId")?.as_str());
    facts.integration_id = known.unwrap_or(facts.integration_id);
    let entry = configuration::entry(configured, &facts);
    let new = configuration::new_file(webhook_url);
    target.check(&arguments.name, &entry, new).map_err(|error| {
        let given = given(&error, lynn).map(|source| format!("{source}: ")).unwrap_or_default();
        let place = target.describe();
        failure::misconfigured(anyhow!("nothing was changed: {given}in {place}, {error}"))
    })
}

/// The option or the variable that a key was taken from; `None` if it was in the configuration
/// before.
fn given(error: &ConfigError, lynn: &Value) -> Option<&'static str> {
    let (key, source) = SOURCES.into_iter().find(|(key, _)| error.key.ends_with(key))?;
    let pointer = key.strip_prefix("lynn.").map(|rest| format!("/{}", rest.replace('.', "/")));
    pointer.is_none_or(|pointer| lynn.pointer(&pointer).is_some()).then_some(source)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_given_now_is_named() {
        let wrong = |key: &str| ConfigError::new(format!("integrations[0].{key}"), "is wrong");
        let lynn = json!({ "auth": { "type": "header", "name": "bad name" } });
        assert_eq!(given(&wrong("lynn.auth.name"), &lynn), Some("--lynn-header"));
        assert_eq!(given(&wrong("lynn.signingSecret"), &lynn), None);
        assert_eq!(given(&wrong("genesys.domain"), &lynn), Some("--domain"));
        assert_eq!(given(&wrong("delivery.maxAgeMinutes"), &lynn), None);
    }
}
