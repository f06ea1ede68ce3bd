//! Decides where a link leads and whether the bridge may follow it; pure, before any name is
//! resolved.
//!
//! Rule: only https. http and loopback are allowed only for the vendors that the configuration
//! itself puts on this machine, by scheme, host and port, and only while the bridge's own public
//! address is on this machine too: no other machine can reach such a bridge.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use shared::config::SendConfig;
use shared::file_refusal::Refusal;
use url::{Host, Origin, Url};

use super::address::is_public;

/// The path of Genesys' downloads, and the hosts that serve them, without the region's domain.
const DOWNLOADS: &str = "/api/v2/downloads/";
const DOWNLOAD_HOSTS: [&str; 2] = ["api-downloads", "api"];

/// The addresses that a host name may resolve to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The public internet only.
    Public,
    /// This machine only.
    Local,
}

/// The places from which the files of one integration may be fetched.
#[derive(Clone, Debug)]
pub struct SourcePolicy {
    /// The vendors on this machine.
    local: Vec<Origin>,
    /// The domain of the Genesys region.
    domain: String,
    /// The configured address of Genesys' API, if it is not in that domain.
    api: Option<Origin>,
}

impl SourcePolicy {
    /// Reads the allowed places from a configuration.
    pub fn of(config: &SendConfig) -> Self {
        let api = config.genesys.api_base_url.as_ref();
        let on_this_machine =
            config.media.public_base_url.as_ref().is_some_and(|base| base.is_loopback());
        let local = [api, Some(&config.lynn.webhook_url)]
            .into_iter()
            .flatten()
            .filter(|base| on_this_machine && base.is_loopback())
            .map(|base| base.origin())
            .collect();
        let domain = config.genesys.domain.to_ascii_lowercase();
        Self { local, domain, api: api.map(|base| base.origin()) }
    }

    /// Returns which addresses a link may be followed to, or why it may not be followed.
    pub fn reach(&self, url: &Url) -> Result<Reach, Refusal> {
        let is_local = self.local.contains(&url.origin());
        if url.scheme() != "https" && !is_local {
            return Err(Refusal::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::BlockedAddress);
        }
        if is_local {
            return Ok(Reach::Local);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Refusal::BlockedAddress),
        };
        match address {
            Some(address) if !is_public(address) => Err(Refusal::BlockedAddress),
            _ => Ok(Reach::Public),
        }
    }

    /// Whether a link is a download of Genesys Cloud, which gets the bridge's token: below
    /// [`DOWNLOADS`] on the API's own hosts. Every other path of the API returns what the token may
    /// read, and a message could name such a path.
    pub(crate) fn takes_token(&self, url: &Url) -> bool {
        let is_host = |host: &str| {
            DOWNLOAD_HOSTS.iter().any(|name| {
                host.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'))
                    == Some(self.domain.as_str())
            })
        };
        let is_api = self.api.as_ref() == Some(&url.origin())
            || (url.scheme() == "https"
                && url.port_or_known_default() == Some(443)
                && url.domain().is_some_and(is_host));
        // A proxy in front of the API may take other spellings than `.` and `/` as path steps.
        let download = url.path().strip_prefix(DOWNLOADS);
        is_api && download.is_some_and(|rest| rest.split('/').all(is_name))
    }

    /// Whether a link leads to Genesys Cloud itself: a host of the region's domain by https on the
    /// usual port, or the configured address of its API.
    pub fn is_genesys(&self, url: &Url) -> bool {
        if self.api.as_ref() == Some(&url.origin()) {
            return true;
        }
        let inside = |host: &str| {
            host.strip_suffix(&self.domain).is_some_and(|before| before.ends_with('.'))
        };
        url.scheme() == "https"
            && url.port_or_known_default() == Some(443)
            && url.domain().is_some_and(inside)
    }
}

/// Whether every reader takes a part of a path as a name, and not as a path step: its letters,
/// decoded, are those of names, and not only dots.
fn is_name(part: &str) -> bool {
    let Ok(name) = percent_decode_str(part).decode_utf8() else { return false };
    let is_plain = |letter: char| letter.is_alphanumeric() || "-._~= ".contains(letter);
    let is_encoded_plain = part.split('%').skip(1).all(|code| {
        // A letter that needs no encoding may be decoded twice.
        code.starts_with("20") || code.starts_with(|digit: char| "89abcdefABCDEF".contains(digit))
    });
    is_encoded_plain && name.chars().all(is_plain) && !name.chars().all(|it| ". ".contains(it))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;

    fn policy(public: &str, api: &str, lynn: &str) -> SourcePolicy {
        let document = json!({
            "name": "support",
            "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1", "apiBaseUrl": api,
                         "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] },
            "lynn": { "webhookUrl": lynn },
            "media": { "mode": "relay", "publicBaseUrl": public } });
        SourcePolicy::of(&SendConfig::parse(&SecretString::from(document.to_string())).unwrap())
    }

    fn public() -> SourcePolicy {
        policy(
            "https://files.example.com",
            "https://api.mypurecloud.com",
            "http://127.0.0.1:9/hook",
        )
    }

    fn reach(policy: &SourcePolicy, url: &str) -> Result<Reach, Refusal> {
        policy.reach(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_https_to_public_places_is_followed() {
        for (url, expected) in [
            ("https://files.example.com/a.png?sig=1", Ok(Reach::Public)),
            ("https://files.example.com:8443/a.png", Ok(Reach::Public)),
            ("https://8.8.8.8/a.png", Ok(Reach::Public)),
            ("http://files.example.com/a.png", Err(Refusal::NotHttps)),
            ("ftp://files.example.com/a.png", Err(Refusal::NotHttps)),
            ("file:///etc/passwd", Err(Refusal::NotHttps)),
            ("data:image/png;base64,AAAA", Err(Refusal::NotHttps)),
            ("gopher://127.0.0.1:11211/x", Err(Refusal::NotHttps)),
            ("https://u:p@files.example.com/a.png", Err(Refusal::BlockedAddress)),
            ("https://169.254.169.254/latest/meta-data", Err(Refusal::BlockedAddress)),
            ("https://[::1]/a", Err(Refusal::BlockedAddress)),
            ("https://[fd00:ec2::254]/a", Err(Refusal::BlockedAddress)),
            ("https://[::ffff:169.254.169.254]/a", Err(Refusal::BlockedAddress)),
            // The URL parser turns every spelling that browsers and resolvers take as an address
            // into one.
            ("https://0x7f000001/a", Err(Refusal::BlockedAddress)),
            ("https://2130706433/a", Err(Refusal::BlockedAddress)),
            ("https://0177.1/a", Err(Refusal::BlockedAddress)),
            ("https://１２７.0.0.1/a", Err(Refusal::BlockedAddress)),
            ("https://127。0。0。1/a", Err(Refusal::BlockedAddress)),
            ("https://%31%32%37.0.0.1/a", Err(Refusal::BlockedAddress)),
            ("https://017700000001/a", Err(Refusal::BlockedAddress)),
            ("https://127.0.0.1./a", Err(Refusal::BlockedAddress)),
            ("https://127.1/a", Err(Refusal::BlockedAddress)),
            ("https://0/a", Err(Refusal::BlockedAddress)),
            ("https://0.0.0.0/a", Err(Refusal::BlockedAddress)),
            ("https:\\\\127.0.0.1\\a", Err(Refusal::BlockedAddress)),
            ("https:127.0.0.1/a", Err(Refusal::BlockedAddress)),
            ("https://100.64.0.1/a", Err(Refusal::BlockedAddress)),
            ("https://224.0.0.1/a", Err(Refusal::BlockedAddress)),
            ("https://[::ffff:7f00:1]/a", Err(Refusal::BlockedAddress)),
            ("https://[::ffff:8.8.8.8]/a", Err(Refusal::BlockedAddress)),
            ("https://[64:ff9b::7f00:1]/a", Err(Refusal::BlockedAddress)),
            ("https://[2002:7f00:1::]/a", Err(Refusal::BlockedAddress)),
            ("https://files.example.com@8.8.8.8/a", Err(Refusal::BlockedAddress)),
            ("https://:p@files.example.com/a", Err(Refusal::BlockedAddress)),
            // Host names are judged later, by the addresses that they resolve to.
            ("https://localhost/a", Ok(Reach::Public)),
            ("https://localhost./a", Ok(Reach::Public)),
            ("HTTPS://files.example.com:443/a", Ok(Reach::Public)),
            ("https://files.example.com:80/a", Ok(Reach::Public)),
            // Lynn is on this machine, but the bridge is public: nothing is fetched from this
            // machine.
            ("http://127.0.0.1:9/hook", Err(Refusal::NotHttps)),
            ("https://127.0.0.1:9/hook", Err(Refusal::BlockedAddress)),
        ] {
            assert_eq!(reach(&public(), url), expected, "{url}");
        }
    }

    #[test]
    fn on_one_machine_only_the_configured_vendors_are_reached() {
        let local =
            policy("http://127.0.0.1:8787", "http://127.0.0.1:4000", "http://localhost:5000/hook");
        for (url, expected) in [
            ("http://127.0.0.1:4000/api/v2/downloads/1", Ok(Reach::Local)),
            ("http://localhost:5000/files/1", Ok(Reach::Local)),
            ("http://127.0.0.1:5000/files/1", Err(Refusal::NotHttps)),
            ("http://u:p@127.0.0.1:4000/", Err(Refusal::BlockedAddress)),
            ("http://127.0.0.1:4001/", Err(Refusal::NotHttps)),
            ("https://127.0.0.1:4000/", Err(Refusal::BlockedAddress)),
            ("http://169.254.169.254/latest", Err(Refusal::NotHttps)),
            ("https://files.example.com/a.png", Ok(Reach::Public)),
        ] {
            assert_eq!(reach(&local, url), expected, "{url}");
        }
    }

    #[test]
    fn a_link_leads_to_genesys_or_elsewhere() {
        let is_genesys = |url: &str| public().is_genesys(&Url::parse(url).unwrap());
        for url in [
            "https://api-downloads.mypurecloud.com/api/v2/downloads/1",
            "https://api.mypurecloud.com/x",
            "https://API-Downloads.MyPureCloud.com/x",
        ] {
            assert!(is_genesys(url), "{url}");
        }
        for url in [
            "http://api-downloads.mypurecloud.com/x",
            "https://api-downloads.mypurecloud.com:8443/x",
            "https://mypurecloud.com.evil.example/x",
            "https://evilmypurecloud.com/x",
            "https://mypurecloud.com/x",
            "https://api-downloads.mypurecloud.com@evil.example/x",
            "https://api-downloads.mypurecloud.ie/x",
            "https://evil.example/?api-downloads.mypurecloud.com",
        ] {
            assert!(!is_genesys(url), "{url}");
        }
    }

    #[test]
    fn only_downloads_of_genesys_are_asked_for_with_the_token() {
        let takes = |url: &str| public().takes_token(&Url::parse(url).unwrap());
        for url in [
            "https://api-downloads.mypurecloud.com/api/v2/downloads/1",
            "https://api.mypurecloud.com/api/v2/downloads/1?x=/../y",
            "https://API-Downloads.MyPureCloud.com:443/api/v2/downloads/1/2",
            "https://api.mypurecloud.com/api/v2/downloads/5d0d331e-6a0b/mi%20a%C3%B1o.pdf",
        ] {
            assert!(takes(url), "{url}");
        }
        for url in [
            "https://api.mypurecloud.com/api/v2/downloads/%c0%ae%c0%ae/users",
            "https://api.mypurecloud.com/api/v2/downloads/a%c0%afb",
            "https://api.mypurecloud.com/api/v2/downloads/%ef%bc%8e%ef%bc%8e/users",
            "https://api.mypurecloud.com/api/v2/downloads/．．/users",
            "https://api.mypurecloud.com/api/v2/downloads/a／b",
            "https://api.mypurecloud.com/api/v2/downloads/..%20/users",
            "https://api.mypurecloud.com/api/v2/downloads/%20../users",
            "https://api.mypurecloud.com/api/v2/users/me",
            "https://api.mypurecloud.com/api/v2/downloads",
            "https://api.mypurecloud.com/api/v2/downloads/",
            "https://api.mypurecloud.com/api/v2/downloads/../users/me",
            "https://api.mypurecloud.com/api/v2/downloads/%2e%2e/users/me",
            "https://api.mypurecloud.com/api/v2/downloads/..%2fusers%2fme",
            "https://api.mypurecloud.com/api/v2/downloads//users",
            "https://api.mypurecloud.com/api/v2/downloads/..;/users",
            "https://api.mypurecloud.com/api/v2/downloads/x;/../..;/users",
            "https://api.mypurecloud.com/api/v2/downloads/%252e%252e/users",
            "https://api.mypurecloud.com/api/v2/downloads/..%00/users",
            "https://api.mypurecloud.com/api/v2/downloads/1/",
            "https://api.mypurecloud.com/api/v2/downloadsx/1",
            "https://apps.mypurecloud.com/api/v2/downloads/1",
            "https://evil.api.mypurecloud.com/api/v2/downloads/1",
            "https://api-downloads.mypurecloud.com:8443/api/v2/downloads/1",
            "http://api-downloads.mypurecloud.com/api/v2/downloads/1",
            "https://evil.example/api/v2/downloads/1",
        ] {
            assert!(!takes(url), "{url}");
        }
        let local = policy("http://127.0.0.1:8", "http://127.0.0.1:4000", "http://127.0.0.1:5000");
        let takes = |url: &str| local.takes_token(&Url::parse(url).unwrap());
        assert!(takes("http://127.0.0.1:4000/api/v2/downloads/1"));
        assert!(!takes("http://127.0.0.1:4000/api/v2/users/me"));
        assert!(!takes("http://127.0.0.1:5000/api/v2/downloads/1"));
    }

    proptest! {
        #[test]
        fn an_address_in_a_link_is_judged_like_any_other(bits: u32, six: u128) {
            let four = std::net::Ipv4Addr::from_bits(bits);
            let six = std::net::Ipv6Addr::from_bits(six);
            for (host, address) in
                [(four.to_string(), IpAddr::V4(four)), (format!("[{six}]"), IpAddr::V6(six))]
            {
                let taken = reach(&public(), &format!("https://{host}/a.png")).is_ok();
                prop_assert_eq!(taken, is_public(address));
            }
        }
    }
}
