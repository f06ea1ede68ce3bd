//! The OAuth clients of the configuration: whether each logs in, how many requests it has left, and
//! the clock of Genesys Cloud.

use genesys_admin::organization::{Administrator, CallError, Hosts, Organization};
use http::Method;
use serde_json::Value;
use shared::config::{OAuthClient, SendConfig};
use shared::error::chain;
use shared::ports::VendorResponse;

use super::{Check, Finding, Unavailable, Web, clocks};
use crate::administrator::{login_advice, tell};
use crate::failure;

/// The request that each client makes: it needs no permission and changes nothing.
const TOKEN: &str = "/api/v2/tokens/me";
/// Below this percentage of a minute's requests, the bridge skips typing.
const LOW_PERCENT: u64 = 20;

/// An OAuth client that has logged in.
pub struct Client {
    pub id: String,
    /// The organisation as this client sees it.
    pub organization: Organization,
}

/// Logs in with each of them. Refused logins are in the findings.
pub async fn check(web: &Web, config: &SendConfig) -> (Vec<Client>, Vec<Finding>) {
    let (mut clients, mut findings) = (Vec::new(), Vec::new());
    let mut told = None;
    let mut rates = Vec::new();
    for client in &config.genesys.oauth_clients {
        let organization = log_in(web, config, client).await;
        let about = |finding: Finding| finding.about(format!("client {}", client.client_id));
        findings.push(about(assess_login(organization.as_ref().err())));
        let Ok(organization) = organization else {
            rates.push(about(
                Unavailable::after(Check::GenesysLogin).finding(Check::GenesysRateLimit),
            ));
            continue;
        };
        let answer = organization.ask(Method::GET, TOKEN, Value::Null).await;
        if let Ok(answer) = &answer {
            told = told.or_else(|| web.ahead(answer));
        }
        rates.push(about(assess_rate(&answer)));
        clients.push(Client { id: client.client_id.clone(), organization });
    }
    findings.push(match clients.is_empty() {
        true => Unavailable::after(Check::GenesysLogin).finding(Check::GenesysClock),
        false => clocks::assess(Check::GenesysClock, "Genesys Cloud", told),
    });
    findings.extend(rates);
    (clients, findings)
}

/// The hosts of the integration's region.
pub fn hosts(config: &SendConfig) -> anyhow::Result<Hosts> {
    let genesys = &config.genesys;
    Hosts::new(&genesys.domain, genesys.api_base_url.clone(), genesys.login_base_url.clone())
}

async fn log_in(
    web: &Web,
    config: &SendConfig,
    client: &OAuthClient,
) -> Result<Organization, LoginError> {
    let hosts = hosts(config).map_err(|error| LoginError::Region(failure::words(&error)))?;
    let credentials = Administrator {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.clone(),
    };
    Organization::log_in(web.vendor.clone(), web.clock.clone(), hosts, credentials, tell)
        .await
        .map_err(LoginError::Call)
}

/// Why there is no token.
enum LoginError {
    /// The region cannot be called.
    Region(String),
    /// The login was refused, or was not answered.
    Call(CallError),
}

fn assess_login(error: Option<&LoginError>) -> Finding {
    let check = Check::GenesysLogin;
    let error = match error {
        None => return check.ok("logs in"),
        Some(LoginError::Region(why)) => {
            return check.fail(why.clone(), "correct genesys.domain");
        }
        Some(LoginError::Call(error)) => error,
    };
    let action = login_advice(error, "clientId", "clientSecret", "genesys.domain");
    check.fail(chain(error), action)
}

fn assess_rate(answer: &Result<VendorResponse, CallError>) -> Finding {
    let check = Check::GenesysRateLimit;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Unavailable::from(error).finding(check),
    };
    let action =
        "add an OAuth client to genesys.oauthClients, or ask Genesys Cloud for a higher limit";
    if answer.status == 429 {
        return check.fail("0 requests are left in this minute", action);
    }
    let number = |name: &str| answer.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let counted = number("inin-ratelimit-count").zip(number("inin-ratelimit-allowed"));
    let Some((count, allowed)) = counted.filter(|(_, allowed)| *allowed > 0) else {
        let reason = format!("Genesys Cloud answered {} without a rate limit", answer.status);
        return check.warn(reason, "look for `rate_budget` in the bridge's log");
    };
    let left = allowed.saturating_sub(count);
    let reason = format!("{left} of {allowed} requests are left in this minute");
    if left.saturating_mul(100) < allowed.saturating_mul(LOW_PERCENT) {
        return check.warn(reason, action);
    }
    check.ok(reason)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::super::super::finding::Outcome;
    use super::*;

    fn rate(status: u16, count: u64, allowed: u64) -> Outcome {
        let header = |name, value: u64| (HeaderName::from_static(name), HeaderValue::from(value));
        let headers = HeaderMap::from_iter([
            header("inin-ratelimit-count", count),
            header("inin-ratelimit-allowed", allowed),
        ]);
        assess_rate(&Ok(VendorResponse { status, headers, body: Bytes::new() })).outcome
    }

    #[test]
    fn little_that_is_left_is_said() {
        assert_eq!(rate(200, 240, 300), Outcome::Ok);
        assert_eq!(rate(200, 241, 300), Outcome::Warn);
        assert_eq!(rate(429, 301, 300), Outcome::Fail);
        assert_eq!(rate(200, 0, 0), Outcome::Warn);
        let nothing = VendorResponse { status: 200, headers: HeaderMap::new(), body: Bytes::new() };
        assert_eq!(assess_rate(&Ok(nothing)).outcome, Outcome::Warn);
    }
}
