//! The hosts of a region of Genesys Cloud.

use std::str::FromStr;

use anyhow::bail;
use shared::config::{BaseUrl, is_domain};

/// A region and its URLs.
#[derive(Clone, Debug)]
pub struct Hosts {
    pub domain: Domain,
    /// Replaces `https://api.DOMAIN`.
    pub api_base_url: Option<BaseUrl>,
    /// Replaces `https://login.DOMAIN`.
    pub login_base_url: Option<BaseUrl>,
}

/// The domain of a region, as written in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl FromStr for Domain {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_domain(text) {
            bail!("this is a domain such as mypurecloud.com, without https://");
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hosts {
    /// A region; the given URLs replace its hosts.
    pub fn new(
        domain: &str,
        api_base_url: Option<BaseUrl>,
        login_base_url: Option<BaseUrl>,
    ) -> anyhow::Result<Self> {
        Ok(Self { domain: domain.parse()?, api_base_url, login_base_url })
    }

    /// The whole URL of a path of the API.
    pub fn api(&self, path: &str) -> String {
        self.host(self.api_base_url.as_ref(), "api", path)
    }

    /// The whole URL of a path of the login.
    pub fn login(&self, path: &str) -> String {
        self.host(self.login_base_url.as_ref(), "login", path)
    }

    fn host(&self, instead: Option<&BaseUrl>, host: &str, path: &str) -> String {
        match instead {
            Some(url) => url.join(path),
            None => format!("https://{host}.{}{path}", self.domain.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_two_hosts_unless_told_otherwise() {
        let usual = Hosts::new("MyPureCloud.com", None, None).unwrap();
        assert_eq!(usual.api("/api/v2/flows"), "https://api.mypurecloud.com/api/v2/flows");
        assert_eq!(usual.login("/oauth/token"), "https://login.mypurecloud.com/oauth/token");
        let here = BaseUrl::parse("http://127.0.0.1:9/").unwrap();
        let here = Hosts::new("mypurecloud.com", Some(here.clone()), Some(here)).unwrap();
        assert_eq!(here.api("/api/v2/flows"), "http://127.0.0.1:9/api/v2/flows");
        assert_eq!(here.login("/oauth/token"), "http://127.0.0.1:9/oauth/token");
        assert!(Hosts::new("https://mypurecloud.com", None, None).is_err());
    }
}
