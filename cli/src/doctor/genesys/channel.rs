//! The Open Messaging integration: whether it exists and is active, where it posts, and with which
//! secret.

use genesys_admin::organization::{Object, WEBHOOK_URL};
use genesys_admin::table::integration::{State, signs_with};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Check, Finding, Observation};

/// The integration as an administrator sees it; `None` if there is none with its id.
pub type Channel<'a> = Observation<Option<&'a Object>>;

/// The address that an integration posts to.
pub fn webhook_url(integration: &Object) -> Option<&str> {
    integration.0.get(WEBHOOK_URL)?.as_str().filter(|url| !url.is_empty())
}

/// Whether the integration exists and works.
pub fn assess_integration(id: &str, seen: &Channel<'_>) -> Finding {
    let check = Check::GenesysIntegration;
    let integration = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(None) => {
            let reason =
                format!("there is no Open Messaging integration {id} in this organisation");
            let action = "compare genesys.integrationId with Admin > Message > Platforms, and genesys.domain";
            return check.fail(reason, action);
        }
        Ok(Some(integration)) => integration,
    };
    let name = integration.name();
    let status = integration.text("/status");
    match State::of(integration) {
        State::Failed(why) => check.fail(
            format!("{name} could not be created: {why}"),
            "delete it in Admin > Message > Platforms and create it again, or run `bridge setup`",
        ),
        State::Pending => check
            .fail(format!("{name} is still being created"), "wait a minute, then run this again"),
        State::Made if !status.is_empty() && !status.eq_ignore_ascii_case("active") => {
            check.fail(format!("{name} is {status}"), "activate it in Admin > Message > Platforms")
        }
        State::Made => check.ok(format!("{name} is created and active")),
    }
}

/// The known facts about the bridge's own address.
pub struct Ours<'a> {
    pub name: &'a str,
    /// The public address of the bridge, if it is known.
    pub base: Option<&'a str>,
    /// Whether the address at Genesys Cloud answered as this bridge.
    pub answers: bool,
    /// Whether Genesys Cloud itself runs on this machine, so that its webhook may be local, too.
    pub is_local: bool,
}

/// Whether the integration posts to this bridge.
pub fn assess_url(seen: &Channel<'_>, ours: &Ours<'_>) -> Finding {
    let check = Check::GenesysWebhookUrl;
    let path = format!("/genesys/{}", ours.name);
    let expected = ours.base.map(|base| format!("{}{path}", base.trim_end_matches('/')));
    let wanted = expected.clone().unwrap_or_else(|| format!("https://{{your host}}{path}"));
    let action = format!(
        "set the outbound notification webhook URL to {wanted} in Admin > Message > Platforms"
    );
    let integration = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(integration) => *integration,
    };
    let Some(url) = integration.and_then(webhook_url) else {
        return check.fail("Genesys Cloud posts nowhere", action);
    };
    if let Some(problem) = unfit(url, &path, ours.is_local) {
        return check.fail(format!("Genesys Cloud posts to {url}: {problem}"), action);
    }
    let is_expected = expected.as_deref().map(|expected| url.trim_end_matches('/') == expected);
    match (is_expected, ours.answers) {
        (Some(true), _) => check.ok(format!("Genesys Cloud posts to {url}")),
        (_, true) => check.ok(format!("Genesys Cloud posts to {url}, where this bridge answers")),
        (Some(false), false) => {
            check.fail(format!("Genesys Cloud posts to {url}, which is not this bridge's"), action)
        }
        (None, false) => check.warn(
            format!("Genesys Cloud posts to {url}, and the address of this bridge is not known"),
            super::SAY_WHERE,
        ),
    }
}

/// Why Genesys Cloud would not post to an address, or the bridge would not answer there.
fn unfit(url: &str, path: &str, is_local: bool) -> Option<String> {
    let Ok(parsed) = Url::parse(url) else { return Some("it is no URL".to_owned()) };
    let is_here = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if !(is_here && is_local) {
        if parsed.scheme() != "https" {
            return Some("it must begin with https://".to_owned());
        }
        if parsed.port_or_known_default() != Some(443) {
            return Some("Genesys Cloud posts to port 443 only".to_owned());
        }
        if is_here {
            return Some("Genesys Cloud cannot reach this machine by that name".to_owned());
        }
    }
    let fits = parsed.path().trim_end_matches('/').ends_with(path);
    (!fits).then(|| format!("its path must end with {path}"))
}

/// Whether the integration signs with a secret that the bridge knows.
pub fn assess_secret(seen: &Channel<'_>, known: &[SecretString]) -> Finding {
    let check = Check::GenesysWebhookSecret;
    let integration = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(integration) => *integration,
    };
    let known: Vec<&str> = known.iter().map(ExposeSecret::expose_secret).collect();
    let action = "put Genesys Cloud's secret into genesys.webhookSecrets, or yours into the integration in Admin > Message > Platforms";
    match integration.and_then(|integration| signs_with(integration, &known)) {
        None => check.warn(
            "Genesys Cloud does not show its secret, so it cannot be compared",
            "let an agent write, or run this with --send; `rejected` in the log is a wrong secret",
        ),
        Some(true) => check.ok("Genesys Cloud has a secret that the bridge knows"),
        Some(false) => check.fail("Genesys Cloud has another secret than the bridge", action),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::finding::Outcome;
    use super::*;

    fn outcome(url: &str, base: Option<&str>, answers: bool) -> Outcome {
        let ours = Ours { name: "support", base, answers, is_local: false };
        let integration = Object(json!({ "outboundNotificationWebhookUrl": url }));
        assess_url(&Ok(Some(&integration)), &ours).outcome
    }

    #[test]
    fn genesys_posts_to_this_bridge_by_https_on_port_443() {
        let base = Some("https://bridge.example.com");
        let good = "https://bridge.example.com/genesys/support";
        assert_eq!(outcome(good, base, false), Outcome::Ok);
        assert_eq!(
            outcome("https://bridge.example.com:443/genesys/support/", base, true),
            Outcome::Ok
        );
        assert_eq!(outcome("https://other.example.com/genesys/support", base, true), Outcome::Ok);
        assert_eq!(
            outcome("https://other.example.com/genesys/support", base, false),
            Outcome::Fail
        );
        assert_eq!(outcome(good, None, false), Outcome::Warn);
        for wrong in [
            "http://bridge.example.com/genesys/support",
            "https://bridge.example.com:8443/genesys/support",
            "https://bridge.example.com/genesys/sales",
            "https://localhost/genesys/support",
            "bridge.example.com",
            "",
        ] {
            assert_eq!(outcome(wrong, base, true), Outcome::Fail, "{wrong}");
        }
    }

    #[test]
    fn a_secret_that_is_not_shown_is_not_known() {
        let known = [SecretString::from("the-secret-of-today")];
        let of = |shown: Value| {
            let integration = json!({ "outboundNotificationWebhookSignatureSecretToken": shown });
            assess_secret(&Ok(Some(&Object(integration))), &known).outcome
        };
        assert_eq!(of(json!("the-secret-of-today")), Outcome::Ok);
        assert_eq!(of(json!("another-secret-123")), Outcome::Fail);
        for masked in [
            json!("****************"),
            json!("abcd************"),
            json!("abcd…"),
            json!(""),
            Value::Null,
        ] {
            assert_eq!(of(masked), Outcome::Warn);
        }
    }

    #[test]
    fn an_integration_that_is_not_ready_says_why() {
        let of = |integration: Value| assess_integration("i-1", &Ok(Some(&Object(integration))));
        let ready = json!({ "name": "lynn", "createStatus": "Completed", "status": "active" });
        assert_eq!(of(ready).outcome, Outcome::Ok);
        for (integration, said) in [
            (json!({ "createStatus": "Initiated" }), "still being created"),
            (
                json!({ "createStatus": "Error", "createError": { "message": "no room" } }),
                "no room",
            ),
            (json!({ "createStatus": "Completed", "status": "inactive" }), "inactive"),
        ] {
            let found = of(integration);
            assert!(found.outcome == Outcome::Fail && found.reason.contains(said), "{found:?}");
        }
        assert_eq!(assess_integration("i-1", &Ok(None)).outcome, Outcome::Fail);
    }
}
