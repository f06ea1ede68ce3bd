//! Handles an unauthenticated request: the log line, and the answer to the caller.
//!
//! Rules: the log contains the endpoint, the reason and the network of the request, never the whole
//! address. The answer says which headers the integration expects and whether any was present,
//! never which part was wrong.

use std::fmt::{self, Display};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, Response};

use crate::config::{InboundAuthentication, ReceiveConfig};
use crate::genesys::{events_key, signature as genesys_signature};
use crate::ids::IntegrationName;
use crate::lynn::authentication;
use crate::problem;
use crate::standard_webhooks as lynn_signature;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Receives Lynn's requests.
    Lynn,
    /// Receives Genesys' webhooks.
    Genesys,
    /// Receives lifecycle events that a workflow posts.
    Events,
    /// Receives the requests of clients that speak Open Messaging, and gives them tokens.
    Oauth,
}

/// Why a caller is not authenticated, for the log.
pub trait Rejected: Display {
    /// One word: `missing`, `key`, `signature`, `timestamp` or `token`.
    fn reason(&self) -> &'static str;
}

impl Rejected for authentication::Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Key => "key",
            Self::Signature(lynn_signature::Rejection::Stale) => "timestamp",
            Self::Signature(_) => "signature",
        }
    }
}

impl Rejected for genesys_signature::Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed | Self::Wrong => "signature",
        }
    }
}

impl Rejected for events_key::Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unconfigured | Self::Wrong => "key",
        }
    }
}

/// Takes the reason for which a request was refused, for the server that counts it. Put it into the
/// request's extensions.
#[derive(Clone, Debug, Default)]
pub struct RejectionSlot(Arc<OnceLock<&'static str>>);

impl RejectionSlot {
    /// Keeps the first reason.
    pub(crate) fn set(&self, rejection: &dyn Rejected) {
        let _ = self.0.set(rejection.reason());
    }

    /// The reason, if the request was refused for one.
    pub fn reason(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// The network of a request, as the log shows it: the first three numbers of an IPv4 address, the
/// first three groups of an IPv6 address. Behind a proxy this is the proxy's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpAddr);

impl Network {
    pub fn of(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                write!(formatter, "{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                write!(formatter, "{a:x}:{b:x}:{c:x}::/48")
            }
        }
    }
}

impl Endpoint {
    /// The word in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lynn => "lynn",
            Self::Genesys => "genesys",
            Self::Events => "events",
            Self::Oauth => "oauth",
        }
    }

    /// The headers of each way to authenticate that the integration accepts.
    fn ways(self, versions: &[Arc<ReceiveConfig>]) -> Vec<&'static [&'static str]> {
        const KEY: &[&str] = &[authentication::KEY_HEADER];
        const BEARER: &[&str] = &["authorization"];
        const SIGNATURE: &[&str] = &[
            lynn_signature::ID_HEADER,
            lynn_signature::TIMESTAMP_HEADER,
            lynn_signature::SIGNATURE_HEADER,
        ];
        match self {
            Self::Genesys => vec![&[genesys_signature::HEADER]],
            Self::Events => vec![&[events_key::HEADER]],
            Self::Oauth => vec![BEARER],
            Self::Lynn => {
                let mut ways = Vec::new();
                for way in versions.iter().flat_map(|config| config.inbound.iter()) {
                    ways.extend(match way {
                        InboundAuthentication::ApiKey { .. } => vec![KEY, BEARER],
                        InboundAuthentication::Signature { .. } => vec![SIGNATURE],
                        // Its token is for the routes of Open Messaging only.
                        InboundAuthentication::OauthClient { .. } => Vec::new(),
                    });
                }
                ways.sort_unstable_by_key(|way| std::cmp::Reverse(*way));
                ways.dedup();
                ways
            }
        }
    }

    /// The answer to an unauthenticated caller.
    pub fn answer(self, versions: &[Arc<ReceiveConfig>], headers: &HeaderMap) -> Response<Bytes> {
        let ways = self.ways(versions);
        let is_there = |name: &&str| headers.contains_key(*name);
        let given = ways.iter().any(|way| way.iter().any(is_there));
        let words = |way: &&[&str]| match **way {
            ["authorization"] => "authorization: Bearer".to_owned(),
            _ => way.join(", "),
        };
        let expected: Vec<String> = ways.iter().map(words).collect();
        problem::unauthenticated(&expected, given)
    }
}

/// Writes a log line that stands for `count` requests.
/// `integration`: the name in the request; `None` if the request names none.
pub fn log(
    endpoint: Endpoint,
    integration: Option<&IntegrationName>,
    rejection: &dyn Rejected,
    network: Option<&Network>,
    count: u64,
) {
    tracing::warn!(
        event.name = "rejected",
        endpoint = endpoint.name(),
        integration = integration.map(IntegrationName::as_str),
        reason = rejection.reason(),
        detail = %rejection,
        network = network.map(ToString::to_string).unwrap_or_default(),
        count,
        "A request was refused."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_not_an_address() {
        let shown = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(shown("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(shown("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(shown("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
    }
}
