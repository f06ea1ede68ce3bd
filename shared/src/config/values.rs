//! Values of the configuration that are more than a string.

use std::fmt;
use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::{Host, Url};

use crate::lynn::signature::SigningSecret;

/// An absolute URL: https, or http to a loopback host.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a URL; the error says what is wanted.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text)
            .map_err(|_| "this is not an absolute URL such as https://example.com/path")?;
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => {
                Err("the URL must start with https:// (http:// is taken for loopback hosts only)")
            }
            _ => Err("the URL must start with https://"),
        }
    }

    /// The URL as configured.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether its host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> url::Origin {
        self.0.origin()
    }

    /// The URL with a path behind it.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{}", self.0.as_str().trim_end_matches('/'), path.trim_start_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    /// A URL may carry a key in its query, so only the host shows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BaseUrl({})", self.0.host_str().unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// A Standard Webhooks signing secret, read when the configuration is read.
#[derive(Clone, Debug)]
pub struct SecretKey(pub SigningSecret);

impl<'de> Deserialize<'de> for SecretKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::deserialize(deserializer)?;
        SigningSecret::parse(text.expose_secret())
            .map(Self)
            .ok_or_else(|| D::Error::custom("this is not a signing secret: whsec_ and base64"))
    }
}

/// Reads a secret that must not be empty.
pub(super) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    at_least::<D>(deserializer, 1, "this must not be empty")
}

/// Reads the webhook secret, for which Genesys wants more than 15 characters.
pub(super) fn at_least<'de, D: Deserializer<'de>>(
    deserializer: D,
    characters: usize,
    problem: &'static str,
) -> Result<SecretString, D::Error> {
    let text = SecretString::deserialize(deserializer)?;
    if text.expose_secret().chars().count() < characters {
        return Err(D::Error::custom(problem));
    }
    Ok(text)
}

/// A secret that must not be empty.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Filled(#[serde(deserialize_with = "filled")] pub SecretString);

/// A webhook secret of at least 16 characters.
#[derive(Clone, Debug)]
pub(super) struct WebhookSecret(pub SecretString);

impl<'de> Deserialize<'de> for WebhookSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least::<D>(deserializer, 16, "a webhook secret has at least 16 characters").map(Self)
    }
}

/// Reads a text that must not be empty.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(D::Error::custom("this must not be empty"));
    }
    Ok(text)
}
