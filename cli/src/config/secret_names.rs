//! How the secrets are called: `{prefix}/{integration}/receive` and `{prefix}/{integration}/send`.

use std::collections::BTreeSet;

use shared::ids::IntegrationName;
use shared::ports::SecretPart;

/// The last part of a secret's name.
pub fn word(part: SecretPart) -> &'static str {
    match part {
        SecretPart::Receive => "receive",
        SecretPart::Send => "send",
    }
}

/// The integrations that have a secret among these names.
pub fn integrations<'a>(
    prefix: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<IntegrationName> {
    names.into_iter().filter_map(|name| integration(prefix, name)).collect()
}

fn integration(prefix: &str, name: &str) -> Option<IntegrationName> {
    let (integration, part) = name.strip_prefix(prefix)?.strip_prefix('/')?.rsplit_once('/')?;
    let known = [SecretPart::Receive, SecretPart::Send].map(word).contains(&part);
    (known && IntegrationName::is_valid(integration)).then(|| IntegrationName::new(integration))
}

#[cfg(test)]
mod tests {
    use aws::secret_name;

    use super::*;

    #[test]
    fn integrations_are_found_by_the_names_of_their_secrets() {
        let support = IntegrationName::new("support");
        let of_support = [SecretPart::Send, SecretPart::Receive]
            .map(|part| secret_name("a/bridge", &support, part));
        let others = [
            "a/bridge/sales/receive",
            "a/bridge/support/other",
            "a/bridge/x/y/send",
            "a/bridge2/other/send",
            "a/bridge/send",
            "a/bridge//send",
        ];
        let names = of_support.iter().map(String::as_str).chain(others);
        let found = integrations("a/bridge", names);
        assert_eq!(found, BTreeSet::from([IntegrationName::new("sales"), support]));
    }
}
