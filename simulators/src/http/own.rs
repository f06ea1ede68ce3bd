//! Whether a request is meant for a simulator on this machine: its credentials are known, so a
//! foreign page in the same browser must not reach it.

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Version};

/// The address of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own(pub(super) SocketAddr);

impl Own {
    /// Whether the request names this server once, in its target as in its header, and comes from
    /// one of its pages or from no page. A server that other machines reach has names that it does
    /// not know.
    pub(super) fn is_meant(self, head: &Parts) -> bool {
        let is_own_page =
            |origin: &str| origin.strip_prefix("http://").is_some_and(|host| self.is(host));
        let target = head.uri.authority();
        !self.0.ip().is_loopback()
            || (target.is_none_or(|target| self.is(target.as_str()))
                && match values(head, HOST).as_slice() {
                    // HTTP/1.0 need not name a host; a browser does not speak it.
                    [] => head.version == Version::HTTP_10,
                    [host] => self.is(host),
                    _ => false,
                }
                && values(head, ORIGIN).into_iter().all(is_own_page))
    }

    fn is(self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), self.0.ip().to_string()];
        port == self.0.port().to_string() && names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

fn values(head: &Parts, name: HeaderName) -> Vec<&str> {
    let values = head.headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use http::{Request, Version};

    use super::Own;

    fn is_meant(address: &str, target: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let request = Request::builder().uri(target).version(Version::HTTP_11);
        let add = |request: http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let request = headers.iter().fold(request, add).body(()).expect("a request");
        Own(address.parse().expect("an address")).is_meant(&request.into_parts().0)
    }

    #[test]
    fn only_the_own_host_and_the_own_pages_are_taken() {
        let own = "127.0.0.1:8784";
        let taken = |headers: &[(&'static str, &'static str)]| is_meant(own, "/a", headers);
        assert!(taken(&[("host", "127.0.0.1:8784")]));
        assert!(taken(&[("host", "LocalHost:8784"), ("origin", "http://localhost:8784")]));
        for host in ["evil.example", "evil.example:8784", "127.0.0.1", "127.0.0.1:8785", ""] {
            assert!(!taken(&[("host", host)]), "{host}");
        }
        for origin in ["null", "http://evil.example", "https://127.0.0.1:8784", "http://localhost"]
        {
            assert!(!taken(&[("host", "127.0.0.1:8784"), ("origin", origin)]), "{origin}");
        }
        assert!(is_meant("0.0.0.0:8784", "/a", &[("host", "genesys.example:8784")]));
    }

    #[test]
    fn a_request_names_the_server_once_and_everywhere_alike() {
        let own = "127.0.0.1:8784";
        let host = ("host", "127.0.0.1:8784");
        assert!(!is_meant(own, "/a", &[]), "no host");
        assert!(!is_meant(own, "/a", &[host, host]), "two hosts");
        assert!(!is_meant(own, "/a", &[host, ("host", "evil.example")]), "two hosts");
        assert!(is_meant(own, "http://127.0.0.1:8784/a", &[host]));
        assert!(!is_meant(own, "http://evil.example/a", &[host]), "a foreign target");
        let page = ("origin", "http://localhost:8784");
        assert!(!is_meant(own, "/a", &[host, page, ("origin", "http://evil.example")]));
    }
}
