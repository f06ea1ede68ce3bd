//! Where a region of Genesys Cloud is called.

use std::str::FromStr;

use anyhow::{anyhow, bail};
use shared::config::{BaseUrl, is_domain};

/// The arguments that name a region, and where it is called.
#[derive(Clone, Debug, clap::Args)]
pub struct Hosts {
    /// The region's domain, such as mypurecloud.com or euc2.pure.cloud.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Domain,
    /// Instead of the host api.DOMAIN.
    #[arg(long, value_name = "URL")]
    pub api_base_url: Option<Address>,
    /// Instead of the host login.DOMAIN.
    #[arg(long, value_name = "URL")]
    pub login_base_url: Option<Address>,
}

/// The domain of a region, as the configuration has it.
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
    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A URL that somebody gave: https, or http to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub BaseUrl);

impl FromStr for Address {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        BaseUrl::parse_base(text).map(Self).map_err(|problem| anyhow!(problem))
    }
}

impl Hosts {
    /// A region, called where the given URLs say.
    pub fn new(domain: &str, api: Option<BaseUrl>, login: Option<BaseUrl>) -> anyhow::Result<Self> {
        Ok(Self {
            domain: domain.parse()?,
            api_base_url: api.map(Address),
            login_base_url: login.map(Address),
        })
    }

    /// A path of the API as a whole URL.
    pub fn api(&self, path: &str) -> String {
        self.host(self.api_base_url.as_ref(), "api", path)
    }

    /// A path of the login as a whole URL.
    pub fn login(&self, path: &str) -> String {
        self.host(self.login_base_url.as_ref(), "login", path)
    }

    fn host(&self, instead: Option<&Address>, host: &str, path: &str) -> String {
        match instead {
            Some(Address(url)) => url.join(path),
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
