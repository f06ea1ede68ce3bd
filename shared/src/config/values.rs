//! Values of the configuration that are more than a string.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::{Host, Url};

use crate::standard_webhooks::SigningSecret;

/// An absolute URL: https, or http to a loopback host.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The error says what is expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // The parser would drop them, and a call would be sent with them.
        if text.trim() != text {
            return Err("there are blanks around this URL; take them away");
        }
        let url = Url::parse(text)
            .map_err(|_| "this is not an absolute URL such as https://example.com/path")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "a URL must not hold a user or a password; they belong into the keys for authentication",
            );
        }
        if url.fragment().is_some() {
            return Err("a URL that is called has no fragment; leave out # and what follows it");
        }
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => {
                Err("the URL must start with https:// (http:// is taken for loopback hosts only)")
            }
            _ => Err("the URL must start with https://"),
        }
    }

    /// Reads a URL to which paths are appended; the error says what is expected.
    pub fn parse_base(text: &str) -> Result<Self, &'static str> {
        let base = Self::parse(text)?;
        match base.0.query() {
            None => Ok(base),
            Some(_) => Err("paths are put behind this URL; leave out ? and what follows it"),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> url::Origin {
        self.0.origin()
    }

    /// The URL with a path appended.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{}", self.0.as_str().trim_end_matches('/'), path.trim_start_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    /// Shows only the host, because the query of a URL may contain a key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BaseUrl({})", self.0.host_str().unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&clean_text(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads a URL to which paths are appended.
pub(super) fn base<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BaseUrl, D::Error> {
    BaseUrl::parse_base(&clean_text(deserializer)?).map_err(D::Error::custom)
}

/// Like [`base`], but null is allowed.
pub(super) fn optional_base<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BaseUrl>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let Some(text) = text else { return Ok(None) };
    if !is_clean(&text) {
        return Err(D::Error::custom(UNCLEAN));
    }
    BaseUrl::parse_base(&text).map(Some).map_err(D::Error::custom)
}

pub(super) const NO_DOMAIN: &str = "this is a domain such as mypurecloud.com, without https://";

pub(super) const NO_HUB_SECRET: &str =
    "dialect is genesys, so the secret is needed with which the bridge signs as Genesys Cloud does";

/// Whether a text is a domain of at least two labels, such as `mypurecloud.com`.
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.contains('.') && text.split('.').all(is_label)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// A Standard Webhooks signing secret, decoded when the configuration is read.
#[derive(Clone, Debug)]
pub struct SecretKey(pub SigningSecret);

impl<'de> Deserialize<'de> for SecretKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::deserialize(deserializer)?;
        SigningSecret::parse(text.expose_secret())
            .map(Self)
            .ok_or_else(|| D::Error::custom(SigningSecret::FORM))
    }
}

pub(super) const EMPTY: &str = "this must not be empty";
/// A key copied with its line end never matches, and no header can contain it.
pub(super) const UNCLEAN: &str = "this must not hold a line break or another control character";

pub(super) fn is_clean(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Reads a secret in one line, which may be empty.
pub(super) fn clean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let secret = SecretString::deserialize(deserializer)?;
    if is_clean(secret.expose_secret()) { Ok(secret) } else { Err(D::Error::custom(UNCLEAN)) }
}

/// Reads a secret in one line, which must not be empty.
pub(super) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    at_least::<D>(deserializer, 1, EMPTY)
}

/// Reads a secret in one line with at least this many characters.
fn at_least<'de, D: Deserializer<'de>>(
    deserializer: D,
    characters: usize,
    problem: &'static str,
) -> Result<SecretString, D::Error> {
    let secret = clean(deserializer)?;
    if secret.expose_secret().chars().count() < characters {
        return Err(D::Error::custom(problem));
    }
    Ok(secret)
}

/// Like [`filled`], but null is allowed.
pub(super) fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<Filled>::deserialize(deserializer)?.map(|secret| secret.0))
}

/// A secret that must not be empty.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Filled(#[serde(deserialize_with = "filled")] pub SecretString);

/// A webhook secret of at least 16 characters: Genesys requires more than 15.
#[derive(Clone, Debug)]
pub(super) struct WebhookSecret(pub SecretString);

impl<'de> Deserialize<'de> for WebhookSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least::<D>(deserializer, 16, "a webhook secret has at least 16 characters").map(Self)
    }
}

/// Reads a text in one line, which may be empty.
pub(super) fn clean_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_clean(&text) { Ok(text) } else { Err(D::Error::custom(UNCLEAN)) }
}

/// Reads a text in one line, which must not be empty.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = clean_text(deserializer)?;
    if text.trim().is_empty() { Err(D::Error::custom(EMPTY)) } else { Ok(text) }
}

pub(super) const COLON: &str = "a colon ends the client's id in Basic authentication; take another";

/// Reads the id of a client that logs in by Basic authentication.
pub(super) fn client_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = text(deserializer)?;
    if id.contains(':') { Err(D::Error::custom(COLON)) } else { Ok(id) }
}

/// Reads a text that is not blank, or null.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    match () {
        () if !is_clean(&text) => Err(D::Error::custom(UNCLEAN)),
        () if text.trim().is_empty() => Err(D::Error::custom(EMPTY)),
        () => Ok(Some(text)),
    }
}

/// Reads an identifier that may be written as a number or as a text.
pub(super) fn number_or_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match &value {
        Value::Number(_) => Ok(value),
        Value::String(text) if text.trim().is_empty() => Err(D::Error::custom(EMPTY)),
        Value::String(text) if is_clean(text) => Ok(value),
        Value::String(_) => Err(D::Error::custom(UNCLEAN)),
        _ => Err(D::Error::custom("expected a string or a number")),
    }
}

/// Reads a whole number from `LEAST` to `MOST`, both included.
pub(super) fn whole<
    'de,
    D: Deserializer<'de>,
    T: TryFrom<u64>,
    const LEAST: u64,
    const MOST: u64,
>(
    deserializer: D,
) -> Result<T, D::Error> {
    let number = deserializer.deserialize_u64(Whole::<LEAST, MOST>)?;
    T::try_from(number).map_err(|_| D::Error::custom("expected a smaller number"))
}

struct Whole<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> Visitor<'_> for Whole<LEAST, MOST> {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<u64, E> {
        if (LEAST..=MOST).contains(&number) {
            return Ok(number);
        }
        Err(E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }
}

/// Reads an object with variants; a list of its values is refused.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// An element of a list that [`object`] reads.
pub(super) struct InObject<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}
