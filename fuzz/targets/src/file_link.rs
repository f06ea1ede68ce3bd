//! Links to files and their redirects: the relay follows only https links to the public internet,
//! and connects only to the host that it checked.

use std::net::IpAddr;

use http::Uri;
use media::{Reach, SourcePolicy};
use secrecy::SecretString;
use serde_json::json;
use shared::config::SendConfig;
use url::{Host, Url};

use crate::first_line;

/// The first line is a link, the rest the target of its redirect.
pub fn file_link(input: &[u8]) {
    let (link, location) = first_line(input);
    let (Ok(link), Ok(location)) = (std::str::from_utf8(link), std::str::from_utf8(location))
    else {
        return;
    };
    let public = policy("https://bridge.example.com");
    let local = policy("http://127.0.0.1:8787");
    let Ok(link) = Url::parse(link) else { return };
    for url in [link.join(location).ok(), Some(link)].into_iter().flatten() {
        check_reach(&public, &url, false);
        check_reach(&local, &url, true);
    }
}

/// An integration whose Genesys and Lynn are on this machine, with this public address.
fn policy(base: &str) -> SourcePolicy {
    let document = json!({ "name": "s", "media": { "mode": "relay", "publicBaseUrl": base },
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i", "apiBaseUrl": "http://127.0.0.1:4000",
                     "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] },
        "lynn": { "webhookUrl": "http://localhost:5000/hook" } });
    SourcePolicy::of(
        &SendConfig::parse(&SecretString::from(document.to_string())).expect("it holds"),
    )
}

fn check_reach(policy: &SourcePolicy, url: &Url, on_this_machine: bool) {
    let is_configured = |host: &str, port: u16| {
        url.scheme() == "http" && url.host_str() == Some(host) && url.port() == Some(port)
    };
    let is_local = is_configured("127.0.0.1", 4000) || is_configured("localhost", 5000);
    if policy.is_genesys(url) {
        let host = url.host_str().unwrap_or_default();
        let is_region = url.scheme() == "https"
            && host.ends_with(".mypurecloud.com")
            && url.port_or_known_default() == Some(443);
        assert!(is_region || is_configured("127.0.0.1", 4000), "Genesys' token goes to {url}");
    }
    let Ok(reach) = policy.reach(url) else { return };
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    if reach == Reach::Local {
        assert!(on_this_machine && is_local, "{url} is followed on this machine");
        return;
    }
    assert_eq!(url.scheme(), "https", "{url}");
    match url.host().expect("a host") {
        Host::Domain(name) => {
            let literal = name.trim_end_matches('.').parse::<IpAddr>();
            assert!(literal.is_err(), "{name} is an address, and was taken for a name");
        }
        Host::Ipv4(address) => assert!(!is_special(IpAddr::V4(address)), "{address}"),
        Host::Ipv6(address) => {
            assert!(address.to_ipv4_mapped().is_none() && address.to_ipv4().is_none(), "{address}");
            assert!(!is_special(IpAddr::V6(address)), "{address}");
        }
    }
    // The HTTP client parses the link again, by other rules.
    if let Ok(uri) = url.as_str().parse::<Uri>() {
        assert_eq!(uri.host(), url.host_str(), "{url} is one host here and another there");
        assert_eq!(uri.port_u16(), url.port(), "{url}");
        assert_eq!(uri.scheme_str(), Some(url.scheme()), "{url}");
    }
}

/// The special addresses that the standard library can recognise.
fn is_special(address: IpAddr) -> bool {
    let own = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    own || match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}
