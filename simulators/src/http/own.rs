//! Whether a request is meant for a simulator on this machine: its credentials are known, so a
//! foreign page in the same browser must not reach it.

use std::net::SocketAddr;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// The address of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own(pub(super) SocketAddr);

impl Own {
    /// Whether host and origin, if there is one, are this server. A server that other machines
    /// reach has names that it does not know.
    pub(super) fn is_meant(self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let is_own_page =
            |origin: &str| origin.strip_prefix("http://").is_some_and(|host| self.is(host));
        !self.0.ip().is_loopback()
            || (text(HOST).is_none_or(|host| self.is(host)) && text(ORIGIN).is_none_or(is_own_page))
    }

    fn is(self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), self.0.ip().to_string()];
        port == self.0.port().to_string() && names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::Own;

    fn is_meant(address: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Own(address.parse().expect("an address")).is_meant(&map)
    }

    #[test]
    fn only_the_own_host_and_the_own_pages_are_taken() {
        let own = "127.0.0.1:8784";
        assert!(is_meant(own, &[("host", "127.0.0.1:8784")]));
        assert!(is_meant(own, &[("host", "LocalHost:8784"), ("origin", "http://localhost:8784")]));
        for host in ["evil.example", "evil.example:8784", "127.0.0.1", "127.0.0.1:8785"] {
            assert!(!is_meant(own, &[("host", host)]), "{host}");
        }
        for origin in ["null", "http://evil.example", "https://127.0.0.1:8784", "http://localhost"]
        {
            assert!(!is_meant(own, &[("host", "127.0.0.1:8784"), ("origin", origin)]), "{origin}");
        }
        assert!(is_meant("0.0.0.0:8784", &[("host", "genesys.example:8784")]));
    }
}
