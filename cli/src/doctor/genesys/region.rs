//! The region: whether Genesys Cloud has its domain, and whether its hosts are found.

use shared::config::{SendConfig, is_region};
use url::Url;

use super::{Check, Finding};

pub async fn check(config: &SendConfig) -> Finding {
    let mut missing = Vec::new();
    for url in [config.api("/"), config.login("/")] {
        let Ok(url) = Url::parse(&url) else { continue };
        let Some(host) = url.host_str() else { continue };
        let address = (host.trim_matches(['[', ']']), url.port_or_known_default().unwrap_or(443));
        let found = tokio::net::lookup_host(address).await;
        if !found.is_ok_and(|mut addresses| addresses.next().is_some()) {
            missing.push(host.to_owned());
        }
    }
    assess(&config.genesys.domain, &missing)
}

fn assess(domain: &str, missing: &[String]) -> Finding {
    let check = Check::GenesysRegion;
    let is_known = is_region(domain);
    if !missing.is_empty() {
        let reason = format!("no address is found for {}", missing.join(" and "));
        let action = match is_known {
            true => "check this machine's name server",
            false => {
                "compare genesys.domain with the address of your Genesys Cloud in the browser, without login. or apps."
            }
        };
        return check.fail(reason, action);
    }
    if is_known {
        return check.ok(format!("{domain} is a region, and its hosts are found"));
    }
    check.warn(
        format!("{domain} is not a region that this version knows, although its hosts are found"),
        "compare genesys.domain with the address of your Genesys Cloud in the browser",
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_host_that_is_not_found_is_named() {
        assert_eq!(assess("mypurecloud.de", &[]).outcome, Outcome::Ok);
        assert_eq!(assess("new1.pure.cloud", &[]).outcome, Outcome::Warn);
        let found = assess("mypurecloud.cm", &["api.mypurecloud.cm".to_owned()]);
        assert_eq!(found.outcome, Outcome::Fail);
        assert!(found.reason.contains("api.mypurecloud.cm"));
    }
}
